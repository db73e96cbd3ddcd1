import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { compose, projectName } from "../../../test/lab/docker.ts";
import type { Replica } from "../../model/replica.ts";
import type { Stack } from "../../model/stack.ts";
import type { Engine } from "../engine.ts";
import { world } from "../process/testing/world.ts";
import { createDockerEngine } from "./index.ts";
import { openEngine, PATIENCE, PATIENT, specOf, stackIn, WORKER } from "./testing/project.ts";

describe("up that fails", () => {
  test("tells why, with the last log lines, and leaves nothing", async () => {
    const failing = { image: "node:24-bookworm-slim", restart: "always" };
    const declared = {
      services: {
        luckless: { ...failing, command: ["sh", "-c", "echo out of luck >&2; exit 3"] },
        lucky: { ...failing, command: ["node", "-e", WORKER] },
      },
    };
    const replicas = [specOf("luckless"), specOf("lucky")];
    const stack = stackIn(projectName("luckless"), declared, replicas);
    const engine = await openEngine(stack);
    await expect(engine.up(PATIENT)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(
        /^luckless exited with code 3, 3 times .*\n {2}\| out of luck/s,
      ),
    });
    expect(await engine.isUp()).toBe(false);
    expect(await engine.belongings()).toEqual([]);
    await engine.close();
  });

  test("tells who has the port", async () => {
    const blocker = createServer();
    onTestFinished(() => void blocker.close());
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, "0.0.0.0", () => resolve((blocker.address() as { port: number }).port));
    });
    const worker = { image: "node:24-bookworm-slim", command: ["node", "-e", WORKER] };
    const declared = { services: { worker: { ...worker, ports: [`${port}:80`] } } };
    const stack = stackIn(projectName("port"), declared, [specOf("worker")]);
    const engine = await openEngine(stack);
    await expect(engine.up(PATIENT)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(
        new RegExp(`^port ${port} is taken by .*\\(pid ${process.pid}\\)`),
      ),
    });
    expect(await engine.belongings()).toEqual([]);
    await engine.close();
  });

  test("tells which container of which project has the port", async () => {
    const worker = { image: "node:24-bookworm-slim", command: ["node", "-e", WORKER] };
    const upWith = async (purpose: string, port: string) => {
      const declared = { services: { worker: { ...worker, ports: [port] } } };
      const stack = stackIn(projectName(purpose), declared, [specOf("worker")]);
      const engine = await openEngine(stack);
      onTestFinished(async () => {
        await engine.down();
        await engine.close();
      });
      return { project: stack.project, going: engine.up(PATIENT), engine };
    };
    const holder = await upWith("holder", "80");
    await holder.going;
    const { port } = await holder.engine.addressOf(null, "worker", 80);
    const late = await upWith("late", `${port}:80`);
    await expect(late.going).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(
        new RegExp(
          `^port ${port} is taken by container ${holder.project}\\S+ of project ${holder.project}: `,
        ),
      ),
      hint: expect.stringContaining(`free port ${port}`),
    });
  });

  test("a replica that only processes can run is refused", async () => {
    const directory = tmpdir();
    const replicas = [specOf("worker", { container: null })];
    const stack = { project: "none", file: null, directory, profiles: [], replicas };
    await expect(
      createDockerEngine({ stack, world, stateDirectory: join(directory, "none") }),
    ).rejects.toMatchObject({ code: "INVALID_INPUT", message: expect.stringContaining("worker") });
  });
});

describe("a replica that dies again and again", () => {
  const dying = { image: "node:24-bookworm-slim", restart: "always", command: ["false"] };
  const stack = stackIn(projectName("dying"), { services: { dying } }, [specOf("dying")]);
  let engine: Engine;

  beforeAll(async () => {
    engine = await openEngine(stack);
    await composeUp(stack);
  });
  afterAll(async () => {
    await engine.down();
    await engine.close();
  });

  test("can be held down while it waits for its policy, and be started again", async () => {
    const { lifecycle } = engine.powers;
    const lease = await engine.lease({ ttlMs: 30_000, downOnExpiry: false });
    const dies = async () => {
      await vi.waitFor(async () => {
        expect((await engine.replicas())[0]?.state).toBe("restarting");
      }, PATIENCE);
      return (await engine.replicas())[0] as Replica;
    };
    await lifecycle.kill(await dies(), { lease: lease.id, injection: "gone#1" });
    const held = (await engine.replicas())[0] as Replica;
    expect(held).toMatchObject({ state: "exited", instance: null });
    await lifecycle.start(held);
    await lifecycle.start(await dies());
    // Its policy waits twice as long each time; soon after a start it could revive it while it is being stopped.
    const restarts = async () => ((await engine.replicas())[0] as Replica).restarts;
    const before = await restarts();
    await vi.waitFor(async () => {
      expect((await restarts()) - before).toBeGreaterThanOrEqual(5);
    }, PATIENCE);
    expect(await lifecycle.stop(await dies(), null)).toMatchObject({ outcome: "drained" });
    expect((await lifecycle.stateOf(held)).state).toBe("exited");
    await lease.release();
  });
});

function composeUp({ project, file }: Stack): Promise<string> {
  return compose(["--project-name", project, "--file", file as string, "up", "--detach"]);
}
