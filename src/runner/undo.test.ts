import { expect, test } from "vitest";
import type { Engine } from "../engines/engine.ts";
import type { StepKind } from "../model/kind.ts";
import type { ReplicaState } from "../model/replica.ts";
import { undoHarm } from "./undo.ts";

const target = { key: "p/one", service: "one", name: "one", instance: null };

async function isUndone(state: ReplicaState, changes: Partial<Engine> = {}): Promise<boolean> {
  let reverted = false;
  const kind = {
    revert: async () => {
      reverted = true;
    },
  } as unknown as StepKind;
  const replicas = async () => [{ ...target, state }];
  const exists = async () => state === "exited";
  const engine = { exists, replicas, ...changes } as unknown as Engine;
  await undoHarm(engine, { kind, target, params: {}, before: null });
  return reverted;
}

test.each([
  ["exited", true],
  ["removed", true],
  ["created", false],
] as const)(
  "with nothing running, harm is undone where the last replica is %s: %s",
  async (state, undone) => {
    expect(await isUndone(state)).toBe(undone);
  },
);

test("where only aegis can start a project, nothing is undone of one that is not up", async () => {
  expect(await isUndone("removed", { exclusive: true })).toBe(false);
});
