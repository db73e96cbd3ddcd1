import { createServer } from "node:net";
import { pid as ownPid } from "node:process";
import { describe, expect, test } from "vitest";
import type { ReplicaSpec } from "../../model/stack.ts";
import { serverSpec } from "../contract/stack.ts";
import { readProcess } from "./proc-table.ts";
import { openProject, shellSpec, type TestProject } from "./testing/project.ts";

const isGone = (pid: number): boolean => [undefined, "Z"].includes(readProcess(pid)?.state);

/** The error of `up`, after which nothing that it started may run. */
async function failedUp(project: TestProject, timeoutMs = 20_000): Promise<Error> {
  const error = await project.up(timeoutMs).then(
    () => new Error("up did not fail"),
    (thrown) => thrown as Error,
  );
  const started = project.seen.filter(({ type }) => type === "started");
  for (const { instance } of started) expect(isGone(Number(instance))).toBe(true);
  for (const { state } of await project.engine.replicas()) expect(state).toBe("created");
  return error;
}

const failing = (name: string, code: number): ReplicaSpec =>
  serverSpec(name, {
    environment: { EXIT_AFTER_MS: "1", EXIT_CODE: String(code), NEVER_READY: "1" },
  });

describe("up fails", () => {
  test("when a replica exits: its name, its code, its last log lines; the others are stopped", async () => {
    const project = await openProject([serverSpec("good"), failing("bad", 7)]);
    const error = await failedUp(project);
    expect(error).toMatchObject({ code: "ENVIRONMENT" });
    expect(error.message).toContain("bad exited with code 7");
    expect(error.message).toContain("| bad gives up");
  });

  test("when a replica that nothing tells to be ready exits soon after its start", async () => {
    const project = await openProject([shellSpec("bad", "echo nothing to do; exit 0")]);
    expect((await failedUp(project)).message).toMatch(/bad exited with code 0.*\n.*nothing to do/);
  });

  test("when a replica dies again and again although its policy revives it", async () => {
    const bad = { ...failing("bad", 1), restart: { mode: "always", maxRetries: null } } as const;
    const error = await failedUp(await openProject([bad]));
    expect(error.message).toContain("bad exited with code 1, 3 times in a row");
  });

  test("when a replica never gets ready: what its probe said, and its last 20 log lines", async () => {
    const script = "for i in $(seq 1 30); do echo line $i; done; exec sleep 1000";
    const bad = shellSpec("bad", script, { ready: { http: "/ready" } });
    const error = await failedUp(await openProject([bad, serverSpec("good")]), 1_500);
    expect(error).toMatchObject({ code: "ENVIRONMENT" });
    expect(error.message).toContain(
      "bad was not ready within 1.5s (--wait-timeout): GET /ready: connection refused",
    );
    expect(error.message).toContain("| line 11\n");
    expect(error.message).toContain("| line 30");
    expect(error.message).not.toContain("| line 10\n");
  });

  test("when a replica answers, but not well", async () => {
    const bad = serverSpec("bad", { environment: { NEVER_READY: "1" } });
    const error = await failedUp(await openProject([bad]), 1_500);
    expect(error.message).toContain("GET /ready answered 503");
  });

  test("when the command or its directory does not exist", async () => {
    const process = { command: ["no-such-program"], port: null, extraPorts: {}, cwd: null };
    const lost = serverSpec("lost", { process });
    expect(await failedUp(await openProject([lost]))).toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("lost cannot start: command not found: no-such-program"),
    });
    const away = serverSpec("away", { process: { ...process, command: ["true"], cwd: "nowhere" } });
    expect((await failedUp(await openProject([away]))).message).toMatch(
      /directory .*nowhere does not exist/,
    );
  });

  test("when a published port is taken: which one, and by whom", async () => {
    const holder = createServer();
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, "127.0.0.1", () => resolve((holder.address() as { port: number }).port));
    });
    const project = await openProject([
      serverSpec("good"),
      serverSpec("bad", { ports: [{ host: port, container: 3000 }] }),
    ]);
    const error = await failedUp(project);
    expect(error).toMatchObject({ code: "ENVIRONMENT" });
    expect(error.message).toContain(`port ${port}, which bad must listen on, is taken`);
    if (process.platform === "linux") expect(error.message).toContain(`(pid ${ownPid})`);
    await new Promise((resolve) => holder.close(resolve));
    await project.up();
    expect(await project.engine.addressOf(null, "bad", 3000)).toEqual({ host: "127.0.0.1", port });
  });

  test("when whoever asked for it goes away", async () => {
    const project = await openProject([serverSpec("slow", { environment: { NEVER_READY: "1" } })]);
    const other = await project.open();
    const up = other.up({ timeoutMs: 60_000, onProgress: () => undefined });
    const gone = expect(up).rejects.toMatchObject({ code: "ENVIRONMENT" });
    const { instance } = await project.event("started", "slow");
    await other.close();
    await gone;
    await project.event("removed", "slow");
    expect(isGone(Number(instance))).toBe(true);
  });

  test("at once when somebody takes the stack down meanwhile", async () => {
    const project = await openProject([serverSpec("slow", { environment: { NEVER_READY: "1" } })]);
    const up = project.up(60_000).then(
      () => new Error("up did not fail"),
      (thrown) => thrown as Error,
    );
    await project.event("started", "slow");
    await (await project.open()).down();
    expect(await up).toMatchObject({ code: "INTERRUPTED" });
  });

  test("before anything starts when only containers can run a replica", async () => {
    await expect(openProject([serverSpec("db", { process: null })])).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("db"),
    });
  });
});

describe("up", () => {
  test("waits for what a replica depends on: a job that is done, a check that is healthy", async () => {
    const healthcheck = {
      test: { command: ["sh", "-c", 'test -n "$PORT"'] },
      intervalMs: 200,
      timeoutMs: 5_000,
      retries: 3,
      startPeriodMs: 0,
    };
    const project = await openProject([
      serverSpec("web", {
        dependsOn: [
          { on: "job", condition: "completed" },
          { on: "base", condition: "healthy" },
        ],
      }),
      shellSpec("base", "exec sleep 1000", { ready: "health", healthcheck }),
      shellSpec("job", "echo done"),
    ]);
    await project.up();
    const order = project.seen
      .filter(({ type }) => ["started", "healthy", "died"].includes(type))
      .map(({ type, replica }) => `${type} ${replica.name}`);
    expect(order.at(-1)).toBe("started web");
    expect(order.slice(0, -1).sort()).toEqual(
      ["died job", "healthy base", "started base", "started job"].sort(),
    );
    expect(await project.get("job")).toMatchObject({ state: "exited", ready: false });
    expect(await project.get("base")).toMatchObject({ health: "healthy", ready: true });
  });

  test("fails when the job that others wait for fails", async () => {
    const project = await openProject([
      serverSpec("web", { dependsOn: [{ on: "job", condition: "completed" }] }),
      shellSpec("job", "echo no such table; exit 4"),
    ]);
    const error = await failedUp(project);
    expect(error.message).toMatch(/job exited with code 4.*\n.*no such table/);
    expect(
      project.seen.some(({ replica, type }) => type === "started" && replica.name === "web"),
    ).toBe(false);
  });

  test("with another stack makes again what changed, on the same port, and drops what is gone", async () => {
    const project = await openProject([
      serverSpec("same"),
      serverSpec("other"),
      serverSpec("gone"),
    ]);
    await project.up();
    const [same, other] = await project.engine.replicas();
    const address = await project.engine.addressOf(null, "other", null);
    const changed = serverSpec("other", { environment: { APP_VERSION: "v2" } });
    const second = await project.open([serverSpec("same"), changed, serverSpec("more")]);
    await second.up({ timeoutMs: 20_000, onProgress: () => undefined });
    const after = await second.replicas();
    expect(after.map(({ name, ready }) => [name, ready])).toEqual([
      ["same", true],
      ["other", true],
      ["more", true],
    ]);
    expect(after[0]).toEqual(same);
    expect(after[1]?.instance).not.toBe(other?.instance);
    expect(after[1]?.version).toBe("v2");
    expect(await second.addressOf(null, "other", null)).toEqual(address);
  });

  test("stops in reverse order of dependencies at down", async () => {
    const project = await openProject([
      serverSpec("front", { dependsOn: [{ on: "back", condition: "started" }] }),
      serverSpec("back", { dependsOn: [{ on: "base", condition: "started" }] }),
      serverSpec("base"),
    ]);
    await project.up();
    await project.engine.down();
    const deaths = project.seen.filter(({ type }) => type === "died");
    expect(deaths.map(({ replica }) => replica.name)).toEqual(["front", "back", "base"]);
    expect(deaths.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
  });

  test("of two projects side by side keeps them apart", async () => {
    const [one, two] = await Promise.all([
      openProject([serverSpec("app")]),
      openProject([serverSpec("app")]),
    ]);
    await Promise.all([one.up(), two.up()]);
    const [a, b] = [
      await one.engine.addressOf(null, "app", null),
      await two.engine.addressOf(null, "app", null),
    ];
    expect(a.port).not.toBe(b.port);
    await one.engine.down();
    expect((await fetch(`http://${b.host}:${b.port}/`)).status).toBe(200);
  });
});
