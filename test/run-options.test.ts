import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseXml } from "../src/report/example/parse-xml.ts";
import { TEST_CA, TEST_CERTIFICATE, TEST_KEY } from "../src/tester/tls-fixture.ts";
import { type Finished, Person } from "./aegis.ts";
import { badDay } from "./bad-day-scenario.ts";

const SECRET = "s3cret-0f-the-test";
const person = new Person({ env: { TOKEN: SECRET } });
const quick = { warmup: "200ms", recovery: "300ms" };

beforeAll(async () => {
  expect((await person.run("up")).code).toBe(0);
});
afterAll(() => person.leave());

/** Every file below a directory, as text. */
function textsIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

describe("two scenarios, one of which does not hold, each played twice", () => {
  const summary = join(person.cwd, "summary.md");
  const out = join(person.cwd, "kept");
  const state: { finished: Finished | null } = { finished: null };
  beforeAll(async () => {
    const both = "main.success >= 20%\n  - main.requests >= 10";
    person.write("good.yaml", badDay([], { ...quick, assert: both }).replace("bad day", "good"));
    person.write("bad.yaml", badDay([], { ...quick, assert: "main.requests <= 1" }));
    person.env["GITHUB_STEP_SUMMARY"] = summary;
    const more = ["--repeat", "2", "--junit", "reports/all.xml", "--out", "kept"];
    state.finished = await person.run("chaos", "run", "good.yaml", "bad.yaml", ...more);
    delete person.env["GITHUB_STEP_SUMMARY"];
  });

  test("have one exit code, the worst, and a line each at the end", () => {
    expect(state.finished?.code, state.finished?.stderr).toBe(1);
    expect(state.finished?.stdout).toMatch(
      /\nPASS +good\nPASS +good\nFAIL +bad day\nFAIL +bad day\n2 of 4 runs passed\n$/,
    );
  });

  test("have one JUnit file, with a suite for each run and a case for each assertion", () => {
    const root = parseXml(readFileSync(join(person.cwd, "reports", "all.xml"), "utf8"));
    const suites = root.children.filter(({ name }) => name === "testsuite");
    const cases = suites.map(({ children }) => children.filter(({ name }) => name === "testcase"));
    expect(cases.map(({ length }) => length)).toEqual([2, 2, 1, 1]);
    const failures = cases.map((each) =>
      each.flatMap(({ children }) => children.filter(({ name }) => name === "failure")),
    );
    expect(failures.map(({ length }) => length)).toEqual([0, 0, 1, 1]);
  });

  test("are kept where --out says, and nowhere else", () => {
    const runs = readdirSync(out, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(runs).toHaveLength(4);
    for (const { name } of runs) {
      for (const file of ["journal.ndjson", "report.json", "report.md"]) {
        expect(existsSync(join(out, name, file)), `${name}/${file}`).toBe(true);
      }
    }
    expect(existsSync(join(person.cwd, ".aegis"))).toBe(false);
  });

  test("are in the summary of the CI job, one after the other", () => {
    const text = readFileSync(summary, "utf8");
    expect(text.match(/^## .+$/gm)).toEqual([
      expect.stringMatching(/PASS: good$/),
      expect.stringMatching(/PASS: good$/),
      expect.stringMatching(/FAIL: bad day$/),
      expect.stringMatching(/FAIL: bad day$/),
    ]);
  });
});

test("a summary that cannot be written hides neither the verdict nor the exit code", async () => {
  const path = join(person.cwd, "a-directory");
  mkdirSync(path);
  person.env["GITHUB_STEP_SUMMARY"] = path;
  const finished = await person.run("chaos", "run", "bad.yaml");
  delete person.env["GITHUB_STEP_SUMMARY"];
  expect(finished.stdout).toMatch(/^FAIL +bad day/);
  expect(finished.code, finished.stderr).toBe(1);
});

test("abort-when ends the run at once, undoes its harm, and fails", async () => {
  const dark = "{ id: dark, do: kill, target: { service: app, pick: all }, at: 0s, for: 50s }";
  const text = `${badDay([dark], quick)}abort-when: main.success over 500ms < 50%\n`;
  const { code, stdout } = await person.run("chaos", "run", person.write("abort.yaml", text));
  expect(stdout).toMatch(/^FAIL +bad day/);
  expect(stdout).toContain("abort-when: main.success over 500ms < 50%");
  expect(code).toBe(1);
  expect(person.journal().find(({ type }) => type === "run")).toMatchObject({ reason: "aborted" });
  expect(person.ledger()).toEqual([]);
});

test("abort-when ends the run when every request hangs, though it looks back for less than their timeout", async () => {
  const hang =
    "{ id: hang, do: pause, target: { service: balancer, pick: all }, at: 0s, for: 20s }";
  const text = `${badDay([hang], quick)}abort-when: main.success over 500ms < 50%\n`;
  const { code, stdout } = await person.run("chaos", "run", person.write("hang.yaml", text));
  expect(stdout).toContain("abort-when: main.success over 500ms < 50%");
  expect(code).toBe(1);
  expect(person.journal().find(({ type }) => type === "run")).toMatchObject({ reason: "aborted" });
  expect(person.ledger()).toEqual([]);
});

describe("TLS to an address outside the stack, with a token from the environment", () => {
  const seen = new Set<string | undefined>();
  const server = createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (request, response) => {
    seen.add(request.headers.authorization);
    response.end("hello");
  });
  const state: { finished: Finished | null } = { finished: null };
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    person.write("ca.pem", TEST_CA);
    const token = person.write("token", SECRET);
    const tell = (id: string, script: string) =>
      `{ id: ${id}, do: exec, target: { replica: app1 }, with: { run: [sh, -c, "${script}"] }, irreversible: true }`;
    const steps = [
      tell("tells", `cat ${token}`),
      `${tell("fails", `cat ${token} >&2; exit 1`).slice(0, -2)}, at: 300ms }`,
    ];
    const text = badDay(steps, { ...quick, assert: "main.failed == 0\n  - blind.errors.tls >= 1" });
    const header = `headers: { authorization: "Bearer \${env:TOKEN}" }`;
    const traffic = `
  main: { url: "${url}", rate: 50/s, timeout: 3s, ca: ca.pem, ${header} }
  blind: { url: "${url}", rate: 10/s, timeout: 3s }`;
    person.write(
      "tls.yaml",
      text.replace(/^traffic: .*$/m, () => `traffic:${traffic}`),
    );
    state.finished = await person.run("chaos", "run", "tls.yaml", "--out", "tls-runs");
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  test("is trusted with `ca:`, and not without", () => {
    const { stdout = "", stderr } = state.finished ?? {};
    const [report = ""] = textsIn(join(person.cwd, "tls-runs")).filter((text) =>
      text.startsWith("{\n"),
    );
    const { findings } = JSON.parse(report) as {
      findings: { assertion: string; status: string }[];
    };
    expect(
      findings.map(({ assertion, status }) => [assertion, status]),
      stdout + stderr,
    ).toEqual([
      ["main.failed == 0", "pass"],
      ["blind.errors.tls >= 1", "pass"],
    ]);
  });

  test("the token is sent, and stands in no journal, report or line of output, whoever printed it", () => {
    expect([...seen]).toEqual([`Bearer ${SECRET}`]);
    const { stdout = "", stderr = "" } = state.finished ?? {};
    expect(stdout).toContain("fails");
    const texts = [stdout, stderr, ...textsIn(join(person.cwd, "tls-runs"))];
    expect(texts.length).toBeGreaterThan(4);
    expect(texts.filter((text) => text.includes(SECRET))).toEqual([]);
    expect(texts.some((text) => text.includes("***"))).toBe(true);
  });
});

test("--cmd is a stack of replicas of one command, asked for the path of --url", async () => {
  person.write(
    "server.js",
    `require("node:http").createServer((request, response) => {
  response.statusCode = request.url === "/" ? 200 : 404;
  response.end();
}).listen(process.env.PORT, "127.0.0.1");\n`,
  );
  const crash = "{ id: crash, do: crash, target: { service: app }, at: 0s }";
  const text = badDay([crash], { ...quick, assert: "main.success >= 50%" });
  const file = person.write(
    "cmd.yaml",
    text.replace("http://balancer/", "http://balancer/nowhere"),
  );
  const options = ["--cmd", "node server.js", "--replicas", "3"];
  const { code, stdout, stderr } = await person.run("chaos", "run", file, ...options, "--url", "/");
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/crash of app-[123]/);
  expect(stdout.replace(/\s+/g, " ")).toContain(
    "run cmd.yaml --cmd 'node server.js' --replicas 3 --ready / --url / --seed",
  );
  expect(person.header()["services"]).toEqual({
    app: ["app-1", "app-2", "app-3"],
    balancer: ["balancer"],
  });
});
