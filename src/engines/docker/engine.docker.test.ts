import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { docker, projectName, removeImages } from "../../../test/lab/docker.ts";
import type { EngineEvent, Replica } from "../../model/replica.ts";
import type { Engine, LogLine } from "../engine.ts";
import { world } from "../process/testing/world.ts";
import {
  openEngine,
  PATIENCE,
  PATIENT,
  proxyOfSocket,
  specOf,
  stackIn,
  WORKER,
} from "./testing/project.ts";

/** `worker` (always revived) declares a volume without a name and one with a name. */
const COMPOSE = {
  services: {
    worker: {
      image: "node:24-bookworm-slim",
      command: ["node", "-e", WORKER],
      restart: "always",
      stop_grace_period: "5s",
      healthcheck: { test: ["CMD", "test", "!", "-e", "/tmp/ill"], interval: "1s", retries: 1 },
      volumes: ["/data", "kept:/kept"],
    },
  },
  volumes: { kept: {} },
};

describe("a project of one worker", () => {
  const stack = stackIn(projectName("worker"), COMPOSE, [specOf("worker", { ready: "health" })]);
  const container = () =>
    docker(
      "ps",
      "--all",
      "--quiet",
      "--filter",
      `label=com.docker.compose.project=${stack.project}`,
    );
  let engine: Engine;
  const seen: EngineEvent[] = [];
  const watching = new AbortController();

  beforeAll(async () => {
    engine = await openEngine(stack);
    void (async () => {
      for await (const event of engine.events(watching.signal)) seen.push(event);
    })();
    await engine.up(PATIENT);
  });
  afterAll(async () => {
    watching.abort();
    await engine.down();
    await engine.close();
  });

  const worker = async () => (await engine.replicas())[0] as Replica;
  const event = (type: EngineEvent["type"], from: number) =>
    vi.waitFor(() => {
      const found = seen.slice(from).find((one) => one.type === type);
      expect(
        found,
        seen
          .slice(from)
          .map((one) => one.type)
          .join(),
      ).toBeDefined();
      return found as EngineEvent;
    }, PATIENCE);

  test("what a removal would lose is said as a person would name it", async () => {
    const { exec, lifecycle } = engine.powers;
    const write =
      "mkdir -p /app && echo 1 >/app/a && echo 2 >/app/b && echo 3 >/tmp/c && echo 4 >/kept/d";
    await exec.run(await worker(), ["sh", "-c", write], 10_000);
    expect(await lifecycle.losses(await worker())).toEqual([
      "anonymous volume at /data",
      "/app/a and 1 more file in its own layer",
    ]);
  });

  test("a command that is not there, and one that takes too long, are said so; the latter is ended", async () => {
    const { exec } = engine.powers;
    await expect(exec.run(await worker(), ["nosuch"], 10_000)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(/cannot run "nosuch" in worker: .*nosuch/),
    });
    await expect(exec.run(await worker(), ["sleep", "4711"], 300)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("did not finish within 300 ms on worker"),
    });
    await vi.waitFor(async () => {
      expect(await docker("top", await container())).not.toContain("4711");
    }, PATIENCE);
  });

  test("its log is followed from one life to the next, every line once", async () => {
    const stop = new AbortController();
    const lines: LogLine[] = [];
    const options = { names: ["worker"], follow: true, tail: 1, signal: stop.signal };
    const following = (async () => {
      for await (const line of engine.logs(options)) lines.push(line);
    })();
    await vi.waitFor(() => expect(lines).toHaveLength(1), PATIENCE);
    await engine.powers.lifecycle.restart(await worker(), null);
    await vi.waitFor(() => expect(lines).toHaveLength(2), PATIENCE);
    await engine.powers.lifecycle.restart(await worker(), null);
    await vi.waitFor(() => expect(lines).toHaveLength(3), PATIENCE);
    stop.abort();
    await following;
    expect(lines).toEqual(Array(3).fill({ replica: "worker", stream: "stdout", text: "works" }));
  });

  test("its healthcheck decides whether it is ready", async () => {
    const isWell = { health: "healthy", ready: true };
    await vi.waitFor(async () => expect(await worker()).toMatchObject(isWell), PATIENCE);
    const from = seen.length;
    const { exec } = engine.powers;
    await exec.run(await worker(), ["touch", "/tmp/ill"], 10_000);
    expect(await event("unhealthy", from)).toMatchObject({ by: "itself" });
    expect(await event("unready", from)).toMatchObject({ replica: { state: "running" } });
    await exec.run(await worker(), ["rm", "/tmp/ill"], 10_000);
    await event("healthy", from);
    await event("ready", from);
  });

  test("what somebody else does is seen, and is by none of us", async () => {
    const from = seen.length;
    await docker("pause", await container());
    expect(await event("paused", from)).toMatchObject({ by: "itself" });
    await docker("unpause", await container());
    expect(await event("unpaused", from)).toMatchObject({ by: "policy" });
    await docker("kill", await container());
    expect(await event("died", from)).toMatchObject({
      by: "itself",
      signal: "SIGKILL",
      replica: { state: "exited" },
    });
    await docker("rm", "--volumes", await container());
    expect(await event("removed", from)).toMatchObject({ by: "itself" });
    expect((await engine.powers.lifecycle.stateOf(await worker())).state).toBe("removed");
  });

  test("what somebody else has removed is made again by compose", async () => {
    const from = seen.length;
    await engine.powers.lifecycle.recreate(await worker());
    expect(await event("started", from)).toMatchObject({ by: "aegis" });
    expect(await worker()).toMatchObject({ state: "running", key: `${stack.project}/worker/1` });
  });

  test("it holds a network, a volume, and whatever else bears its name", async () => {
    const { project } = stack;
    // As version 1 of compose calls what it builds, without a label.
    const built = `${project}_worker`;
    await docker("tag", "node:24-bookworm-slim", built);
    onTestFinished(() => removeImages(built));
    expect(await engine.belongings()).toEqual([
      `image ${built}:latest`,
      `network ${project}_default`,
      `volume ${project}_kept`,
    ]);
  });

  test("a daemon that goes away fails what listens; when it is back everything works again", async () => {
    const proxy = await proxyOfSocket(join(stack.directory, "docker.sock"));
    onTestFinished(() => proxy.close());
    const other = await openEngine(stack, {
      ...world.env,
      DOCKER_HOST: `unix://${proxy.path}`,
    });
    const stop = new AbortController();
    const listening = (async () => {
      for await (const _ of other.events(stop.signal));
    })();
    expect(await other.replicas()).toMatchObject([{ state: "running" }]);
    proxy.close();
    await expect(listening).rejects.toMatchObject({ code: "ENVIRONMENT" });
    await expect(other.replicas()).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("no Docker daemon at unix://"),
      hint: expect.stringContaining("start Docker"),
    });
    await proxy.open();
    expect(await other.replicas()).toMatchObject([{ state: "running" }]);
    await other.close();
  });

  test("a paused stack goes down, with the volumes that up has made, and no others", async () => {
    const { project } = stack;
    const own = await docker("volume", "ls", "--quiet", "--filter", `name=${project}_`);
    expect(own).toBe(`${project}_kept`);
    await docker("pause", await container());
    await engine.down();
    expect(await docker("volume", "ls", "--quiet", "--filter", `name=${project}_`)).toBe("");
    expect(await engine.belongings()).toEqual([]);
    await docker(
      "volume",
      "create",
      "--label",
      `com.docker.compose.project=${project}`,
      `${project}_kept`,
    );
    await engine.up(PATIENT);
    await engine.down();
    expect(await engine.belongings()).toEqual([`volume ${project}_kept`]);
  });
});
