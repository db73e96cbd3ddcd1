import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { type Person, visit } from "./aegis.ts";
import { badDay } from "./bad-day-scenario.ts";
import { nothing, residue } from "./residue.ts";

vi.setConfig({ testTimeout: 120_000 });

/** A stack of one service, whose replica runs this program. */
function stackOf(program: string, more = "ready: /ready"): string {
  return `services:
  web:
    image: none
    x-aegis:
      entry: true
      process: { command: ${program}, port: 3000 }
      ${more}
`;
}

const WEB = badDay().replace("http://balancer/", "http://web/");

/** Seconds from the begin of the baseline to the newest bucket of requests. */
function sinceBaseline(person: Person): number {
  const lines = person.journal();
  const begin = lines.find(({ type, phase }) => type === "phase" && phase === "baseline");
  const newest = lines.findLast(({ type }) => type === "bucket");
  return (Number(newest?.["t"]) - Number(begin?.["t"])) / 1e6;
}

test("a port that is taken is named, with who holds it, and nothing is left", async (context) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  const person = visit(context, { env: { AEGIS_PORT: String(port) } });
  const { code, stderr } = await person.run("chaos", "run", person.write("s.yaml", badDay()));
  expect(stderr).toContain(`port ${port}, which balancer must listen on, is taken by`);
  expect(stderr).toContain(`(pid ${process.pid})`);
  expect(stderr).toContain(`free port ${port}`);
  expect(code).toBe(4);
  expect(await residue(nothing(person), 0)).toBe("");
});

test("a replica that never gets ready is named with its last log lines, and nothing is left", async (context) => {
  const person = visit(context);
  person.write(
    "server.mjs",
    `import { createServer } from "node:http";
    console.log("warming the cache, this takes hours");
    createServer((_, response) => { response.statusCode = 503; response.end(); }).listen(process.env.PORT);`,
  );
  person.write("compose.yml", stackOf("[node, server.mjs]"));
  const { code, stderr } = await person.run(
    ...["chaos", "run", person.write("s.yaml", WEB), "--compose", "compose.yml"],
    ...["--wait-timeout", "5s"],
  );
  expect(stderr).toMatch(/web was not ready within 5s \(--wait-timeout\): .*503/);
  expect(stderr).toContain("| warming the cache, this takes hours");
  expect(code).toBe(4);
  expect(await residue(nothing(person), 1)).toBe("");
});

test("a replica that dies again and again is named with what it said", async (context) => {
  const person = visit(context);
  person.write("server.mjs", `console.error("no licence for this machine"); process.exit(3);`);
  person.write("compose.yml", stackOf("[node, server.mjs]"));
  const { code, stderr } = await person.run("up", "--compose", "compose.yml");
  expect(stderr).toContain("web exited with code 3");
  expect(stderr).toContain("| no licence for this machine");
  expect(code).toBe(4);
  expect(await residue(nothing(person), 1)).toBe("");
});

test("a command that does not exist is named", async (context) => {
  const person = visit(context);
  person.write("compose.yml", stackOf("[no-such-program, --port]"));
  const { code, stderr } = await person.run(
    ...["chaos", "run", person.write("s.yaml", WEB), "--compose", "compose.yml"],
  );
  expect(stderr).toContain("web cannot start: command not found: no-such-program");
  expect(code).toBe(4);
  expect(await residue(nothing(person), 1)).toBe("");
});

test.for([
  { back: true, within: "30s", exit: 0 },
  { back: false, within: "1s", exit: 6 },
])(
  "a replica that is not ready as the baseline ends has $within; when it gets ready again by then ($back), exit $exit",
  async ({ back, within, exit }, context) => {
    const person = visit(context);
    const unready = join(person.cwd, "unready");
    person.write(
      "server.mjs",
      `import { existsSync } from "node:fs";
      import { createServer } from "node:http";
      createServer(({ url }, response) => {
        response.statusCode = url === "/ready" && existsSync("unready") ? 503 : 200;
        response.end();
      }).listen(process.env.PORT);`,
    );
    person.write("compose.yml", stackOf("[node, server.mjs]"));
    const scenario = WEB.replace("baseline: 1s", "baseline: 3s").replace(
      "steady: {",
      `steady: { within: ${within},`,
    );
    const run = person.start(
      ...["chaos", "run", person.write("s.yaml", scenario), "--compose", "compose.yml"],
    );
    await run.printed(/baseline begins/);
    writeFileSync(unready, "");
    if (back) {
      await vi.waitFor(() => expect(sinceBaseline(person)).toBeGreaterThan(3.5), {
        timeout: 30_000,
      });
      expect(run.output()).not.toContain("chaos begins");
      rmSync(unready);
    }
    const { code, stdout } = await run.finished;
    expect(code, stdout).toBe(exit);
    expect(stdout.includes("not ready: web (GET /ready answered 503)"), stdout).toBe(!back);
    expect(await residue(nothing(person), 1)).toBe("");
  },
);

test("a run directory that cannot be written is refused before anything is started", async (context) => {
  const person = visit(context);
  const file = person.write("a-file", "in the way");
  const { code, stderr } = await person.run(
    ...["chaos", "run", person.write("s.yaml", badDay()), "--out", `${file}/runs`],
  );
  expect(stderr).toContain(`cannot make run directories in ${file}/runs`);
  expect(stderr).not.toContain("starting");
  expect(code).toBe(4);
  expect(await residue(nothing(person), 0)).toBe("");
});

test("a second aegis on the same stack is refused and told who has it", async (context) => {
  const person = visit(context);
  const first = person.start("chaos", "run", person.write("s.yaml", badDay([], { warmup: "60s" })));
  await first.printed(/warmup begins/);
  const second = await person.run("chaos", "run", "s.yaml");
  expect(second.stderr).toContain(`is in use by \`aegis chaos run\` (pid ${first.pid},`);
  expect(second.code).toBe(4);
  const down = await person.run("down");
  expect(down.stderr).toContain(`(pid ${first.pid},`);
  expect(down.code).toBe(4);
  first.child.kill("SIGINT");
  expect((await first.finished).code).toBe(130);
  expect(await residue(nothing(person), 1)).toBe("");
});

test("two stacks side by side do not disturb each other", async (context) => {
  const person = visit(context);
  const steps = ["{ id: crash, do: crash, target: { service: app }, at: 0s }"];
  person.write("s.yaml", badDay(steps, { assert: "main.failed == 0" }));
  const runs = await Promise.all(
    ["a", "b"].map((project) => person.run("chaos", "run", "s.yaml", "--project", project)),
  );
  for (const { code, stdout } of runs) expect(code, stdout).toBe(0);
  expect(await residue(nothing(person), 1)).toBe("");
});
