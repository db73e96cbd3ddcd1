import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { Person, visit } from "./aegis.ts";
import { nothing, residue } from "./residue.ts";

const person = new Person();
afterAll(() => person.leave());

describe("without a stack", () => {
  test.each(["list", "kinds", "plan", "validate zero-downtime"])(
    "`chaos %s` touches nothing and prints JSON for scripts",
    async (command) => {
      const people = await person.run("chaos", ...command.split(" "));
      const { code, stdout } = await person.run("chaos", ...command.split(" "), "--json");
      expect([people.code, code]).toEqual([0, 0]);
      expect(people.stdout).not.toBe("");
      expect(() => JSON.parse(stdout)).not.toThrow();
      expect(existsSync(join(person.cwd, ".aegis"))).toBe(false);
    },
  );

  test("plan is the same for the same seed and another for another", async () => {
    const plan = async (seed: string) => {
      const { stdout } = await person.run("chaos", "plan", "--seed", seed, "--json");
      return JSON.parse(stdout)[0].foreseen.injections;
    };
    const [first, again, other] = [await plan("1"), await plan("1"), await plan("2")];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  test("validate tells every problem of every file, and exits 2", async () => {
    writeFileSync(join(person.cwd, "one.yaml"), "version: 1\nname: a\ntrafic: {}\n");
    writeFileSync(join(person.cwd, "two.yaml"), "version: 1\nname: b\nstepps: []\n");
    const { code, stderr, stdout } = await person.run("chaos", "validate", "one.yaml", "two.yaml");
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/one\.yaml:3:1: .*did you mean "traffic"/);
    expect(stderr).toMatch(/two\.yaml:3:1: .*did you mean "steps"/);
  });

  test.each(["scenario", "report"])("schema %s is a JSON Schema", async (what) => {
    const { stdout } = await person.run("schema", what);
    expect(JSON.parse(stdout)).toMatchObject({
      $schema: expect.stringContaining("json-schema.org"),
    });
  });

  test.each([["monitor"], ["logs"], ["init", "--probe"]])(
    "%s needs a stack that is up, and says how to get one",
    async (...args) => {
      const { code, stderr } = await person.run(...args);
      expect(code).toBe(4);
      expect(stderr).toContain("aegis up");
    },
  );

  test.each([
    [["monitor", "--rate", "20"], "20/s"],
    [["monitor", "http://localhost:1", "--assert", "sucess >= 99%"], 'did you mean "success"?'],
    [["monitor", "ftp://localhost"], "http"],
    [["chaos", "monkey", "--kinds", "crsh"], 'did you mean "crash"?'],
    [["chaos", "monkey", "--kinds", "exec"], "nothing for a monkey"],
    [["chaos", "monkey", "--service", "balancer"], "never takes the last"],
    [["chaos", "kinds", "pauze"], 'did you mean "pause"?'],
    [["chaos", "run", "zero-downtme"], 'did you mean "zero-downtime"?'],
    [["logs", "app4"], "did you mean"],
    [["report", "nowhere"], "chaos run"],
    [["judge", "nowhere"], "chaos run"],
  ])("%j exits 2 with what to write in its place", async (args, said) => {
    const { code, stderr } = await person.run(...args);
    expect(stderr).toContain(said);
    expect(code).toBe(2);
  });

  const web = (key: string): string =>
    `services:\n  web:\n    ${key}: none\n    x-aegis: { process: { command: [node, x.js], port: 3000 } }\n`;
  test.each([
    [["crash-one", "broken.yaml"], /broken\.yaml:3:1: trafic: .*did you mean "traffic"/],
    [["crash-one", "--compose", "broken.yml"], /broken\.yml:3:5: .*did you mean "image"/],
    [["--compose", "web.yml"], /zero-downtime\.yaml:.*no service "app".*aegis init --compose web/s],
  ])("chaos run %j exits 2, and nothing was touched", async (args, said) => {
    const guest = visit({ onTestFinished });
    guest.write("broken.yaml", "version: 1\nname: a\ntrafic: {}\n");
    guest.write("broken.yml", web("imge"));
    guest.write("web.yml", web("image"));
    const files = readdirSync(guest.cwd);
    const { code, stdout, stderr } = await guest.run("chaos", "run", ...args);
    expect(stderr).toMatch(said);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(readdirSync(guest.cwd)).toEqual(files);
    expect(readdirSync(guest.home)).toEqual([]);
    expect(await residue(nothing(guest), 0)).toBe("");
  });

  test("init writes a scenario that validates, and never over another", async () => {
    const first = await person.run("init", "--out", "first.yaml");
    expect(first.code).toBe(0);
    expect((await person.run("chaos", "validate", "first.yaml")).code).toBe(0);
    const text = readFileSync(join(person.cwd, "first.yaml"), "utf8");
    const second = await person.run("init", "--out", "first.yaml");
    expect(second.code).toBe(2);
    expect(second.stderr).toContain("--force");
    expect(readFileSync(join(person.cwd, "first.yaml"), "utf8")).toBe(text);
  });
});

describe("monitor of a bare URL", () => {
  const state = { status: 200, port: 0, requests: 0 };
  const server = createServer((_request, response) => {
    state.requests += 1;
    response.statusCode = state.status;
    response.end("hello");
  });
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    state.port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  const monitor = (...args: string[]) =>
    person.run("monitor", `http://127.0.0.1:${state.port}/`, "--rate", "50/s", ...args);

  test("its exit code is the verdict's where something was asserted, and 0 where not", async () => {
    state.status = 200;
    const good = await monitor("--for", "1s", "--assert", "success >= 99.9%");
    expect(good.stdout).toMatch(/\d+ requests, 0 failed: 100% succeeded/);
    expect(good.code).toBe(0);
    state.status = 503;
    const bad = await monitor("--for", "1s", "--assert", "success >= 99.9%");
    expect(bad.stdout).toMatch(/(\d+) requests, \1 failed: 0% succeeded/);
    expect(bad.code).toBe(1);
    expect((await monitor("--for", "1s")).code).toBe(0);
  });

  test("--each prints a line per request", async () => {
    Object.assign(state, { status: 200, requests: 0 });
    const { stdout } = await monitor("--for", "1s", "--each");
    const { requests } = state;
    expect(requests).toBeGreaterThan(20);
    expect(stdout.match(/^200 OK [\d.]+(ms|s)$/gm)).toHaveLength(requests);
  });

  test("--json prints one report, and the lines elsewhere", async () => {
    const { stdout, stderr } = await monitor("--for", "1s", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ verdict: "pass", traffic: [{ name: "main" }] });
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d {2}ok/m);
  });

  test("Ctrl-C is its normal end, with the summary", async () => {
    const running = person.start("monitor", `http://127.0.0.1:${state.port}/`);
    await running.printed(/^\d\d:\d\d:\d\d {2}ok/m);
    running.child.kill("SIGINT");
    const { code, stdout } = await running.finished;
    expect(code).toBe(0);
    expect(stdout).toMatch(/requests, 0 failed/);
  });

  test("it ends when its reader has gone away", async () => {
    const running = person.start("monitor", `http://127.0.0.1:${state.port}/`, "--each");
    await running.printed(/^200 OK/m);
    running.child.stdout?.destroy();
    const { code, stderr } = await running.finished;
    expect(stderr).toBe("");
    expect(code).toBe(0);
  });
});

describe("on a running stack", () => {
  beforeAll(async () => {
    const { code, stderr } = await person.run("up");
    expect(stderr).toContain("is ready");
    expect(code).toBe(0);
  });
  afterAll(async () => {
    expect((await person.run("down")).stdout).toContain("is down");
    expect(JSON.parse((await person.run("status", "--json")).stdout)).toMatchObject({ up: false });
  });

  test("monitor finds its entry, names versions, and changes nothing", async () => {
    const before = JSON.parse((await person.run("status", "--json")).stdout);
    const { code, stdout } = await person.run(
      ...["monitor", "--for", "2s", "--rate", "50/s", "--assert", "success >= 99.9%"],
    );
    expect(stdout).toContain(before.url);
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d {2}ok .* v1$/m);
    expect(code).toBe(0);
    const after = JSON.parse((await person.run("status", "--json")).stdout);
    const lives = ({ replicas }: { replicas: { instance: string }[] }) =>
      replicas.map(({ instance }) => instance);
    expect(lives(after)).toEqual(lives(before));
  });

  test("logs are prefixed, cut to the tail, and followed until Ctrl-C", async () => {
    const { stdout } = await person.run("logs", "app", "--tail", "1");
    expect(stdout.trim().split("\n")).toHaveLength(3);
    expect(stdout).toMatch(/^app1 \| .+\napp2 \| .+\napp3 \| .+\n$/);
    const running = person.start("logs", "-f");
    await running.printed(/^balancer \| /m);
    running.child.kill("SIGINT");
    expect((await running.finished).code).toBe(0);
  });

  test("init --probe measures it, and doctor sees that it has its ports", async () => {
    const { code, stderr } = await person.run("init", "--probe", "--out", "probed.yaml");
    expect(code, stderr).toBe(0);
    const text = readFileSync(join(person.cwd, "probed.yaml"), "utf8");
    const measured = /# Measured without harm: p50 .* \((\d+) requests, 0 failed\)/.exec(text);
    // 5 s at 20/s; what is due before the measuring has begun does not count.
    expect(Number(measured?.[1]), text).toBeGreaterThan(80);
    expect(Number(measured?.[1]), text).toBeLessThanOrEqual(101);
    const doctor = await person.run("doctor", "--json");
    expect(doctor.code).toBe(0);
    expect(JSON.parse(doctor.stdout)).toMatchObject({
      able: true,
      checks: expect.arrayContaining([
        expect.objectContaining({ engine: "process", usable: true, up: true }),
      ]),
    });
  });

  test("monkey harms it with a seed until Ctrl-C, undoes everything, and gives a verdict", async () => {
    const args = ["chaos", "monkey", "--every", "1s", "--jitter", "0s", "--seed", "7"];
    const running = person.start(...args, "--kinds", "pause", "--hold", "10s");
    await running.printed(/monkey#1: pause of app/);
    running.child.kill("SIGINT");
    const { code, stdout } = await running.finished;
    expect(stdout).toMatch(/monkey: pause of app\d/);
    expect([0, 1]).toContain(code);
    const { replicas, openHarm } = JSON.parse((await person.run("status", "--json")).stdout);
    expect(replicas.map(({ state }: { state: string }) => state)).toEqual(Array(4).fill("running"));
    expect(openHarm).toEqual([]);
  });

  test("a stored run gives the same bytes each time, in every format, by any of its names", async () => {
    await person.run("monitor", "--for", "1s", "--assert", "success >= 99.9%");
    const first = await person.run("judge", "latest", "--json");
    expect(JSON.parse(first.stdout)).toMatchObject({ verdict: "pass", exit: 0 });
    for (let round = 1; round < 20; round++) {
      expect((await person.run("judge", "latest", "--json")).stdout).toBe(first.stdout);
    }
    for (const format of ["terminal", "json", "junit", "markdown"]) {
      const { code, stdout } = await person.run("report", "latest", "--format", format);
      const again = await person.run("report", "latest", "--format", format);
      expect(code).toBe(0);
      expect(stdout.length).toBeGreaterThan(200);
      expect(again.stdout).toBe(stdout);
    }
    const { run } = JSON.parse((await person.run("report", "latest", "--format", "json")).stdout);
    expect((await person.run("judge", run, "--json")).stdout).toBe(first.stdout);
  });
});
