import { join } from "node:path";
import {
  afterAll,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from "vitest";
import { docker, projectName } from "../../test/lab/docker.ts";
import {
  openEngine,
  PATIENCE,
  PATIENT,
  proxyOfSocket,
  specOf,
  stackIn,
  WORKER,
} from "../engines/docker/testing/project.ts";
import type { Engine } from "../engines/engine.ts";
import { world } from "../engines/process/testing/world.ts";
import type { StepKind } from "../model/kind.ts";
import type { Replica } from "../model/replica.ts";
import { kinds } from "./index.ts";

const NAMES = ["one", "two", "three", "four"];
const worker = {
  image: "node:24-bookworm-slim",
  command: ["node", "-e", WORKER],
  restart: "always",
  networks: ["front", "back"],
};
const stack = stackIn(
  projectName("undo"),
  {
    version: "2.4",
    services: Object.fromEntries(NAMES.map((name) => [name, worker])),
    networks: { front: {}, back: {} },
  },
  NAMES.map((name) => specOf(name)),
);
const NETWORKS = ["front", "back"].map((name) => `${stack.project}_${name}`);
const OURS = `com.docker.compose.project=${stack.project}`;

let engine: Engine;
let proxy: Awaited<ReturnType<typeof proxyOfSocket>>;

beforeAll(async () => {
  proxy = await proxyOfSocket(join(stack.directory, "docker.sock"));
  engine = await openEngine(stack, { ...world.env, DOCKER_HOST: `unix://${proxy.path}` });
});
afterAll(async () => {
  await engine.down();
  await engine.close();
  proxy.close();
});
beforeEach(() => engine.up(PATIENT));

const replica = async (name: string) =>
  (await engine.replicas()).find((one) => one.name === name) as Replica;
const containerOf = (name: string) =>
  docker(
    "ps",
    "--all",
    "--quiet",
    "--filter",
    `label=${OURS}`,
    "--filter",
    `label=com.docker.compose.service=${name}`,
  );
const inspect = async (name: string, format: string) =>
  docker("inspect", "--format", format, await containerOf(name));
const isNow = (name: string, state: string) =>
  vi.waitFor(async () => expect(await inspect(name, "{{.State.Status}}")).toBe(state), PATIENCE);

async function revert(kindName: string, target: Replica): Promise<void> {
  const kind = kinds.find(({ name }) => name === kindName) as StepKind;
  await kind.revert(engine.powers, target, {}, { state: "running" });
}

describe("harm of which Docker has not told", () => {
  test("is undone all the same: what is done about it goes by what is, not by what was told", async () => {
    const [one, two, three, four] = await Promise.all(NAMES.map(replica));
    await docker("pause", await containerOf("two"));
    await vi.waitFor(async () => expect((await replica("two")).state).toBe("paused"), PATIENCE);
    proxy.hush();
    onTestFinished(() => proxy.tell());
    await docker("pause", await containerOf("one"));
    await docker("kill", await containerOf("two"), await containerOf("three"));
    await docker("rm", "--force", await containerOf("four"));
    for (const name of ["one", "three", "four"]) {
      expect((await replica(name)).state).toBe("running");
    }
    const allRun = Promise.all(NAMES.map((name) => isNow(name, "running")));
    await Promise.all([
      revert("pause", one as Replica),
      revert("pause", two as Replica),
      revert("kill", three as Replica),
      revert("remove", four as Replica),
      allRun.then(() => proxy.tell()),
    ]);
    for (const name of NAMES) expect((await replica(name)).state).toBe("running");
  });
});

describe("a removal", () => {
  test("is not undone by a container that was made again, and neither connected nor started", async () => {
    const { id: lease } = await engine.lease({ ttlMs: 60_000, downOnExpiry: false });
    const one = await replica("one");
    const main = await inspect("one", "{{.HostConfig.NetworkMode}}");
    const other = NETWORKS.find((name) => name !== main) as string;
    await engine.powers.lifecycle.remove(one, { lease, injection: "gone#1" });
    for (const name of ["two", "three", "four"]) {
      await docker("network", "disconnect", other, await containerOf(name));
    }
    await docker("network", "rm", other);
    await expect(revert("remove", one)).rejects.toMatchObject({ code: "ENVIRONMENT" });
    expect(await inspect("one", "{{.State.Status}}")).toBe("created");
    await docker("network", "create", "--label", OURS, other);
    await docker("network", "disconnect", other, await containerOf("one"));
    await revert("remove", one);
    expect(await inspect("one", "{{.State.Status}}")).toBe("running");
    expect(await inspect("one", "{{json .NetworkSettings.Networks}}")).toContain(other);
  });
});
