import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { docker, projectName } from "../../test/lab/docker.ts";
import {
  openEngine,
  PATIENCE,
  PATIENT,
  specOf,
  stackIn,
  WORKER,
} from "../engines/docker/testing/project.ts";
import type { Engine } from "../engines/engine.ts";
import { remove } from "../faults/remove.ts";
import type { Replica } from "../model/replica.ts";
import { type Harm, undoHarm } from "./undo.ts";

/** One container, and nothing of the project besides it: no network, no volume. */
const stack = stackIn(
  projectName("alone"),
  {
    version: "2.4",
    services: {
      one: {
        image: "node:24-bookworm-slim",
        command: ["node", "-e", WORKER],
        restart: "always",
        network_mode: "host",
      },
    },
  },
  [specOf("one")],
);
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine(stack);
});
afterAll(async () => {
  await engine.down();
  await engine.close();
});

const states = async (of: Engine) => (await of.replicas()).map(({ state }) => state);

let harm: Harm;

beforeEach(async () => {
  await engine.up(PATIENT);
  const [target] = (await engine.replicas()) as [Replica];
  const { id: lease } = await engine.lease({ ttlMs: 60_000, downOnExpiry: false });
  await engine.powers.lifecycle.remove(target, { lease, injection: "gone#1" });
  harm = { kind: remove, target, params: {}, before: { state: "running" } };
});

test("the only container of a project without a network is made again, by whatever process", async () => {
  const other = await openEngine(stack);
  expect(await states(other)).toEqual(["removed"]);
  await undoHarm(other, harm);
  expect(await states(other)).toEqual(["running"]);
  await other.close();
  // Told of by the daemon's events, which take their time.
  await vi.waitFor(async () => expect(await states(engine)).toEqual(["running"]), PATIENCE);
  const [{ instance }] = (await engine.replicas()) as [Replica];
  await docker("rm", "--force", (instance as string).split("/")[0] as string);
  await vi.waitFor(async () => expect(await states(engine)).toEqual(["created"]), PATIENCE);
});

/** What makes removed containers again, as it lies on disk. */
function kept(): readonly string[] {
  const directory = join(stack.directory, "state", "removed");
  return existsSync(directory) ? readdirSync(directory) : [];
}

test("what makes it again, with its environment, is forgotten once its warden is found to have done it", async () => {
  await engine.close();
  engine = await openEngine(stack);
  await vi.waitFor(async () => expect(await states(engine)).toEqual(["running"]), PATIENCE);
  expect(kept()).toHaveLength(1);
  await undoHarm(engine, harm);
  expect(kept()).toEqual([]);
});

test("or the project is taken down, or comes up", async () => {
  expect(kept()).toHaveLength(1);
  await engine.up(PATIENT);
  expect(kept()).toEqual([]);
  const [target] = (await engine.replicas()) as [Replica];
  const { id: lease } = await engine.lease({ ttlMs: 60_000, downOnExpiry: false });
  await engine.powers.lifecycle.remove(target, { lease, injection: "gone#2" });
  expect(kept()).toHaveLength(1);
  await engine.down();
  expect(kept()).toEqual([]);
});

test("but not after the project was taken down", async () => {
  await engine.down();
  await undoHarm(engine, harm);
  expect(await states(engine)).toEqual(["created"]);
});
