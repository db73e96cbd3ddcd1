import { createServer, request, type Server } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { visit } from "./aegis.ts";
import { docker } from "./lab/docker.ts";

const REFUSAL = "authorization denied by plugin strict: no foreign pid namespaces";

/** A daemon whose site forbids the host's pid namespace; all else goes to the real one. */
function strictDaemon(path: string): Promise<Server> {
  const server = createServer(async (asked, answer) => {
    const isCreate = asked.url?.includes("/containers/create") ?? false;
    const body = isCreate ? await text(asked) : null;
    if (body?.includes('"PidMode":"host"')) {
      answer.writeHead(403, { "content-type": "application/json" });
      answer.end(JSON.stringify({ message: REFUSAL }));
      return;
    }
    const { url, method, headers } = asked;
    const onward = request(
      { socketPath: "/var/run/docker.sock", path: url, method, headers },
      (came) => {
        answer.writeHead(came.statusCode ?? 500, came.headers);
        came.pipe(answer);
      },
    ).on("error", () => answer.destroy());
    if (body === null) asked.pipe(onward);
    else onward.end(body);
  });
  return new Promise((resolve) => server.listen(path, () => resolve(server)));
}

test("where the host's pid namespace is forbidden, doctor says so and which kinds that takes", async (context) => {
  const person = visit(context);
  const socket = join(person.home, "docker.sock");
  const server = await strictDaemon(socket);
  context.onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  person.env["DOCKER_HOST"] = `unix://${socket}`;
  const { code, stdout, stderr } = await person.run("doctor", "--json");
  expect(code, stderr).toBe(0);
  const { checks } = JSON.parse(stdout) as { checks: { what: string; status: string }[] };
  const named = (what: string) => checks.find((check) => check.what === what);
  expect(named("docker --pid=host")).toMatchObject({
    status: "warning",
    says: expect.stringContaining(REFUSAL),
  });
  expect(named("engine docker")).toMatchObject({
    status: "warning",
    usable: true,
    can: { lifecycle: true, crash: { no: expect.stringContaining(REFUSAL) } },
  });
  expect(named("steps on docker")).toMatchObject({ refused: [{ kind: "crash", power: "crash" }] });
  expect(named("steps on process")).toMatchObject({ status: "ok", refused: [] });
});

test("without a compose the engine docker does not pass for one that works", async (context) => {
  const person = visit(context, { env: { AEGIS_COMPOSE: "/nowhere/compose" } });
  const { stdout } = await person.run("doctor", "--json");
  const { checks } = JSON.parse(stdout) as { checks: { what: string; status: string }[] };
  expect(checks.find(({ what }) => what === "engine docker")).toMatchObject({
    usable: false,
    says: expect.stringMatching(/^cannot run aegis: .*"\/nowhere\/compose", which is not there/),
  });
  expect(checks.find(({ what }) => what === "steps on docker")).toBe(undefined);
  const { code, stdout: text } = await person.run("doctor", "--engine", "docker");
  expect(code, text).toBe(4);
  expect(text).toMatch(/The engine docker cannot work on this machine\.\n$/);
});

test("doctor starts nothing that stays", async (context) => {
  const { code, stdout } = await visit(context).run("doctor");
  expect(code, stdout).toBe(0);
  expect(stdout).toMatch(/docker daemon: \d/);
  await expect
    .poll(() => docker("ps", "--all", "--quiet", "--filter", "label=aegis.role=probe"), {
      timeout: 60_000,
    })
    .toBe("");
});
