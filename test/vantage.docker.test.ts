import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Person, type PersonOptions } from "./aegis.ts";
import { compose, docker, projectName, removeProject } from "./lab/docker.ts";
import { openGate } from "./lab/gate.ts";

/** A stack that publishes nothing: nginx in front of two replicas, all of which print the ids of requests. */
const PROJECT = projectName("vantage");
const APP = `require("node:http").createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => { body += chunk; });
  request.on("end", () => {
    console.log(request.method, request.headers["x-request-id"], request.headers.authorization ? "known" : "unknown", body);
    response.end("ok");
  });
}).listen(3000);
process.on("SIGTERM", () => process.exit(0));`;
const NGINX = `events {}
http {
  log_format ids '$request_method $http_x_request_id $status';
  access_log /dev/stdout ids;
  server { listen 80; location / { proxy_pass http://app:3000; } }
}
`;
const COMPOSE = `services:
  front:
    image: nginx:1.28-alpine
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro"]
    depends_on: [app]
  app:
    image: node:24-bookworm-slim
    command: [node, -e, ${JSON.stringify(APP.replaceAll("$", "$$"))}]
    expose: ["3000"]
    scale: 2
`;
const SECRET = "Bearer 5up3r-s3cr3t";
const TRAFFIC = `
  main: { url: http://front/, rate: 40/s, timeout: 5s }
  orders:
    url: http://front/orders
    method: POST
    rate: 20/s
    timeout: 5s
    headers: { authorization: "\${env:TOKEN}" }
    body: '{"id":"\${request.id}"}'
  both: { url: "http://app:3000/", rate: 40/s, timeout: 5s, fresh: 100% }
  one: { url: "http://app-2:3000/", rate: 20/s, timeout: 5s }
`;
const ONE = "{ main: { url: http://front/, rate: 40/s, timeout: 5s } }";

function scenario(traffic: string, chaos: string): string {
  return `version: 1
name: seen from somewhere
stack: { compose: compose.yml, project: ${PROJECT}, engine: docker }
traffic: ${traffic}
phases: { warmup: 300ms, baseline: 1s, chaos: ${chaos}, recovery: 0s }
assert: [failed == 0]
`;
}

const people: Person[] = [];

/** Somebody with this compose file, and a project that runs. */
function visitor(options: PersonOptions = {}): Person {
  const person = new Person({ ...options, env: { TOKEN: SECRET, ...options.env } });
  people.push(person);
  person.write("compose.yml", COMPOSE);
  person.write("nginx.conf", NGINX);
  return person;
}

function play(person: Person, traffic: string, chaos: string, ...args: readonly string[]) {
  return person.start("chaos", "run", person.write("s.yaml", scenario(traffic, chaos)), ...args);
}

beforeAll(async () => {
  const file = visitor().write("compose.yml", COMPOSE.replace("    scale: 2\n", ""));
  await compose(["-p", PROJECT, "-f", file, "up", "-d", "--scale", "app=2"]);
});
afterAll(async () => {
  const helpers = await helpersOf("aegis.project");
  if (helpers !== "") await docker("rm", "--force", ...helpers.split("\n"));
  await removeProject(PROJECT);
  for (const person of people) await person.leave();
});

const helpersOf = (label: string, value = PROJECT): Promise<string> =>
  docker(
    "ps",
    "-aq",
    "--filter",
    `label=aegis.project=${PROJECT}`,
    "--filter",
    `label=${label}=${value}`,
  );
const testers = (): Promise<string> => helpersOf("aegis.role", "tester");

/** What the containers of a service have printed, each by itself. */
async function logsOf(service: string): Promise<readonly string[]> {
  const ids = await docker(
    ...["ps", "-aq", "--filter", `label=com.docker.compose.project=${PROJECT}`],
    ...["--filter", `label=com.docker.compose.service=${service}`],
  );
  return Promise.all(ids.split("\n").map((id) => docker("logs", id)));
}

/** How many requests of a traffic were sent, by the journal. */
function sentOf(person: Person, traffic: string): number {
  const buckets = person
    .journal()
    .filter((line) => line["type"] === "bucket" && line["traffic"] === traffic);
  return buckets.reduce((sum, line) => sum + Number(line["sent"]), 0);
}

/** The numbers of the requests of a traffic that a log tells of, each once. */
function idsIn(log: string, run: unknown, traffic: string): Set<number> {
  const pattern = new RegExp(`${run}-${traffic}-(\\d+)\\b`, "g");
  return new Set([...log.matchAll(pattern)].map(([, n]) => Number(n)));
}

test("a stack that publishes nothing is measured from inside, by name, with every request in its logs", async () => {
  const person = visitor();
  const running = play(person, TRAFFIC, "1500ms");
  await running.printed(/chaos begins/);
  const [id = ""] = (await testers()).split("\n");
  const inspected = await docker("inspect", id);
  const printed = await docker("logs", id).catch(String);
  const { code, stdout, stderr } = await running.finished;
  expect(code, stdout + stderr).toBe(0);
  const why = "port 80 of front is not published";
  expect(stderr).toContain(`requests are sent from inside the network of ${PROJECT}: ${why}`);
  expect(stdout.replaceAll(/\s+/g, " ")).toContain(`seen from inside the network (${why})`);
  expect(person.header()).toMatchObject({ vantage: "inside", vantageReason: why });

  const { run } = person.header();
  const [fronts, apps] = await Promise.all([logsOf("front"), logsOf("app")]);
  for (const traffic of ["main", "orders", "both", "one"]) {
    const sent = sentOf(person, traffic);
    expect(sent).toBeGreaterThan(20);
    expect(idsIn(apps.join("\n"), run, traffic), traffic).toEqual(new Set(Array(sent).keys()));
    const through = traffic === "main" || traffic === "orders" ? sent : 0;
    expect(idsIn(fronts.join("\n"), run, traffic).size, traffic).toBe(through);
  }
  expect(apps.map((log) => idsIn(log, run, "both").size > 0)).toEqual([true, true]);
  expect(apps.map((log) => idsIn(log, run, "one").size > 0).sort()).toEqual([false, true]);
  expect(apps.join("\n")).toMatch(
    new RegExp(`POST ${run}-orders-7 known {"id":"${run}-orders-7"}`),
  );

  expect(inspected).not.toContain("s3cr3t");
  expect(printed).not.toContain("s3cr3t");
  expect(JSON.stringify(person.journal())).not.toContain("s3cr3t");
  const [{ Config, HostConfig }] = JSON.parse(inspected);
  expect(Config).toMatchObject({ User: "65534:65534", OpenStdin: true, StdinOnce: true });
  expect(Object.keys(Config.Labels).filter((label) => label.includes("compose"))).toEqual([]);
  expect(HostConfig).toMatchObject({
    AutoRemove: true,
    NetworkMode: `${PROJECT}_default`,
    Memory: 512 * 2 ** 20,
    PidsLimit: 128,
    SecurityOpt: ["no-new-privileges"],
    CapDrop: ["ALL"],
  });
  expect(await helpersOf("aegis.project")).toBe("");
});

test("the same scenario from the host, when that is asked for", async () => {
  const person = visitor();
  const { code, stdout, stderr } = await play(person, ONE, "500ms", "--vantage", "host").finished;
  expect(code, stdout + stderr).toBe(0);
  expect(stderr).not.toContain("inside");
  expect(stdout).toContain("seen from the host");
  expect(stdout).toContain("--vantage host --seed");
  expect(person.header()["vantage"]).toBe("host");
  expect(person.header()["vantageReason"]).toBeUndefined();
});

test("a plan says from where it would be seen, and why", async () => {
  const person = visitor();
  const file = person.write("s.yaml", scenario(ONE, "500ms"));
  const { code, stdout } = await person.run("chaos", "plan", file);
  expect(code).toBe(0);
  expect(stdout).toContain("seen from inside the network (port 80 of front is not published)");
  const json = await person.run("chaos", "plan", file, "--vantage", "host", "--json");
  expect(JSON.parse(json.stdout)).toMatchObject([{ vantage: "host", vantageReason: null }]);
});

test("nothing of it is left when aegis is killed", async () => {
  const running = play(visitor(), ONE, "60s");
  await running.printed(/chaos begins/);
  expect(await testers()).not.toBe("");
  running.child.kill("SIGKILL");
  await vi.waitFor(async () => expect(await testers()).toBe(""), {
    timeout: 60_000,
    interval: 200,
  });
});

test("without its tester a run has no verdict, and says why", async () => {
  const running = play(visitor(), ONE, "60s");
  await running.printed(/chaos begins/);
  await docker("rm", "--force", await testers());
  const { code, stdout, stderr } = await running.finished;
  expect(stdout).toContain("INCONCLUSIVE");
  expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
    /the tester inside was lost: the container aegis-tester-\S+: it has ended with exit code 137: somebody has removed it/,
  );
  expect(code, stdout + stderr).toBe(3);
  expect(await helpersOf("aegis.project")).toBe("");
});

test("a daemon that is away for a while takes the tester's way with it: no verdict, and nothing is left", async () => {
  const home = visitor();
  const gate = await openGate(join(home.home, "docker.sock"));
  try {
    const running = play(visitor({ env: { DOCKER_HOST: gate.url } }), ONE, "60s");
    await running.printed(/chaos begins/);
    gate.shut();
    setTimeout(gate.open, 2000);
    const { code, stdout, stderr } = await running.finished;
    expect(stdout, stderr).toContain("INCONCLUSIVE");
    expect(stdout).toMatch(/was lost/);
    expect(code, stdout + stderr).toBe(3);
    await vi.waitFor(async () => expect(await testers()).toBe(""), {
      timeout: 60_000,
      interval: 200,
    });
  } finally {
    await gate.close();
  }
});
