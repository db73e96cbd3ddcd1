import { expect, test } from "vitest";
import { kinds } from "../faults/index.ts";
import type { StepKind } from "../model/kind.ts";
import type { EngineEvent } from "../model/replica.ts";
import { rollout } from "../rollout/kind.ts";
import { newInjection, tookEffectAt } from "./injection.ts";

const DIED = { type: "died", instance: "1" } as EngineEvent;

test.each([
  ["crash", "an instant fault ends with the death that it caused", 40],
  ["pause", "held harm lasts until it is undone, whatever dies meanwhile", 100],
  [
    "rollout",
    "one with stages is over when its last stage is, not with the first old replica",
    100,
  ],
])("%s: %s", (name, _, at) => {
  const kind = [...kinds, rollout].find((one) => one.name === name) as StepKind;
  const start = { id: "s#1", step: "s", kind, target: null, params: {} };
  const injection = newInjection(start, 0);
  injection.seen.push({ event: DIED, t: 40 });
  expect(tookEffectAt(injection, 100)).toBe(at);
});
