import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Person, visit } from "./aegis.ts";
import { compose, docker, projectName, removeProject } from "./lab/docker.ts";

vi.setConfig({ testTimeout: 240_000 });

/** Written as strangers write: nothing of it is about aegis, and what it interpolates is secret. */
const SHOP = `services:
  edge:
    image: nginx:1.28-alpine
    ports: ["0:80", "9100"]
    environment: { API_KEY: "\${API_KEY}" }
    restart: always
    depends_on: [web]
  web:
    image: nginx:1.28-alpine
    env_file: web.env
    restart: always
`;
const OVERRIDE = "services: { web: { scale: 2 } }\n";
const SECRETS = ["hunter2-from-env", "swordfish-from-dotenv-file", "xyzzy-from-env-file"];

function shop(context: Parameters<typeof visit>[0]): { person: Person; project: string } {
  const project = projectName("shop");
  onTestFinished(() => removeProject(project));
  const person = visit(context, { env: { API_KEY: SECRETS[0] as string } });
  person.write("compose.yaml", SHOP);
  person.write("compose.override.yaml", OVERRIDE);
  person.write(".env", `OTHER_KEY=${SECRETS[1]}\n`);
  person.write("web.env", `TOKEN=${SECRETS[2]}\n`);
  return { person, project };
}

test("a scaled service of which one was removed and made anew is taken with the numbers that compose has given", async (context) => {
  const project = projectName("numbers");
  onTestFinished(() => removeProject(project));
  const person = visit(context);
  const file = person.write(
    "compose.yaml",
    'services: { web: { image: nginx:1.28-alpine, scale: 3, ports: ["80"] } }\n',
  );
  const byHand = (...args: readonly string[]) => compose(["-p", project, "-f", file, ...args]);
  const stack = ["--compose", ".", "--project", project];
  await byHand("up", "-d");
  const second = await docker(
    ...["ps", "-q", "--filter", `label=com.docker.compose.project=${project}`],
    ...["--filter", "label=com.docker.compose.container-number=2"],
  );
  await docker("rm", "--force", second);
  await byHand("up", "-d");
  const status = await person.run("status", ...stack);
  expect([...status.stdout.matchAll(/\bweb-\d/g)].map(String)).toEqual(["web-1", "web-3", "web-4"]);
  const up = await person.run("up", ...stack, "--wait-timeout", "20s");
  expect(up.code, up.stderr).toBe(0);
  const scenario = `version: 1
name: one of three
stack: { compose: compose.yaml, project: ${project} }
traffic: { main: { url: http://web/, rate: 10/s, timeout: 3s } }
phases: { warmup: 0s, baseline: 500ms, recovery: 1s }
steps: [{ id: gone, do: remove, target: { replica: web-4 }, at: 0s, for: 1s, irreversible: true }]
assert: [recovery of gone <= 30s]
`;
  const run = await person.run(
    ...["chaos", "run", person.write("s.yaml", scenario), "--allow", project],
  );
  expect(run.code, run.stdout + run.stderr).toBe(0);
  expect(run.stdout).toContain("gone: remove of web-4, proven");
});

test("from a project of strangers to a verdict: nothing is edited, what is guessed is said, no secret is kept", async (context) => {
  const { person, project } = shop(context);
  const stack = ["--compose", ".", "--project", project];
  const up = await person.run("up", ...stack);
  expect(up.code, up.stderr).toBe(0);
  const init = await person.run("init", ...stack, "--probe");
  expect(init.code, init.stderr).toBe(0);
  expect(init.stdout).toContain("its port 80 of 80, 9100 is a guess");
  expect(init.stdout).toContain("harm is done to web: it has 2 replicas");
  const run = await person.run("chaos", "run", "chaos.yaml", "--json");
  const report = JSON.parse(run.stdout);
  expect(report).toMatchObject({ verdict: "pass", engine: "docker", project });
  expect(report.basis).toMatchObject({
    answersName: { replica: false, version: false },
    ready: { edge: "running", web: "running" },
    weak: [expect.stringContaining("web counts as recovered as soon as it runs")],
  });
  const down = await person.run("down", ...stack);
  expect(down.code, down.stderr).toBe(0);
  for (const place of [person.cwd, person.home]) {
    for (const [path, text] of textsBelow(place)) {
      if (/\.env$/.test(path)) continue;
      for (const secret of SECRETS)
        expect(text.includes(secret), `${secret} in ${path}`).toBe(false);
    }
  }
  for (const secret of SECRETS)
    expect(`${run.stdout}${run.stderr}${up.stderr}`).not.toContain(secret);
});

test("a project that runs already is found by its name alone, in a scenario too", async (context) => {
  const { person, project } = shop(context);
  const env = { API_KEY: "x" };
  const files = ["--file", "compose.yaml", "--file", "compose.override.yaml"].map((word) =>
    word.endsWith(".yaml") ? join(person.cwd, word) : word,
  );
  const place = [...files, "--project-directory", person.cwd, "--project-name", project];
  await compose([...place, "up", "--detach"], env);
  const elsewhere = join(person.cwd, "elsewhere");
  mkdirSync(elsewhere);
  const status = await person.run("status", "--project", project, "--json");
  expect(JSON.parse(status.stdout)).toMatchObject({ engine: "docker", up: true, project });
  expect(JSON.parse(status.stdout).replicas.map(({ name }: { name: string }) => name)).toEqual([
    "edge",
    "web-1",
    "web-2",
  ]);
  const scenario = person.write(
    "s.yaml",
    `version: 1
name: n
stack: { project: ${project} }
traffic: { main: { url: http://edge/, rate: 10/s } }
steps: [{ id: hit, do: crash, target: { replica: web-2 } }]
assert: [web.ready == 2]
`,
  );
  const validated = await person.run("chaos", "validate", scenario);
  expect(validated.code).toBe(2);
  expect(validated.stderr).toContain("of web it is only known whether it runs");
  expect(validated.stderr).toContain("add to web in compose.yaml: healthcheck:");
  const typo = `${project}x`;
  const missed = await person.run("chaos", "validate", scenario, "--project", typo);
  expect(missed.code).toBe(2);
  expect(missed.stderr).toContain(`no project "${typo}" is there`);
  expect(missed.stderr).toContain(`did you mean "${project}"?`);
  const nobody = await person.run("status", "--project", typo, "--engine", "docker");
  expect(nobody.code).toBe(4);
  expect(nobody.stderr).toContain(`did you mean "${project}"?`);
  const logs = await person.run("logs", "web-2", "--project", project, "--tail", "1");
  expect(logs.stdout).toContain("web-2 |");
});

test("what Docker refuses is exit 2 in its words, at the place; a name it would change too", async (context) => {
  const person = visit(context);
  const file = person.write("broken.yml", "services:\n  web:\n    imag: x\n");
  const refused = await person.run("up", "--compose", file);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/broken\.yml:\d+:\d+: .*config: .*\n?.*imag/);
  person.write("compose.yml", "services: { web: { image: 'nginx:1.28-alpine' } }");
  const odd = await person.run("up", "--compose", ".", "--project", "My Shop!");
  expect(odd.code, odd.stderr).toBe(2);
  expect(odd.stderr).toContain("name");
});

test("without a compose on this machine it says what to install", async (context) => {
  const person = visit(context, { env: { AEGIS_COMPOSE: "/nowhere/docker-compose" } });
  const file = person.write("c.yml", "services: { web: { image: 'nginx:1.28-alpine' } }");
  const up = await person.run("up", "--compose", file);
  expect(up.code).toBe(4);
  expect(up.stderr).toContain("/nowhere/docker-compose");
});

function textsBelow(directory: string): [string, string][] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path, "utf8")]);
}
