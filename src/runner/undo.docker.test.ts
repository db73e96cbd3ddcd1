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
  const [{ instance }] = (await engine.replicas()) as [Replica];
  await docker("rm", "--force", (instance as string).split("/")[0] as string);
  await vi.waitFor(async () => expect(await states(engine)).toEqual(["created"]), PATIENCE);
});

test("but not after the project was taken down", async () => {
  await engine.down();
  await undoHarm(engine, harm);
  expect(await states(engine)).toEqual(["created"]);
});
