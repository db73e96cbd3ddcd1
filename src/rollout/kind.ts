import type { Json } from "../kit/world.ts";
import { defineKind } from "../model/kind.ts";
import { foresee } from "./foresee.ts";
import { params, type RolloutParams } from "./params.ts";
import { type Guarded, putBackGuarded } from "./put-back.ts";
import { type Ended, Rollout } from "./rollout.ts";

const OUTCOMES = ["completed", "rolled-back", "undecided"] as const;

/** Replaces what a service, or one replica of it, runs by another version: one replica at a time, each of which has to prove itself. */
export const rollout = defineKind<RolloutParams, Json, "lifecycle" | "releases" | "members">({
  name: "rollout",
  summary:
    "Replace the version of the target one replica at a time, each compared with the others; back by itself when it is worse",
  role: "action",
  needs: ["lifecycle", "releases"],
  staged: true,
  held: false,
  params,
  example: { to: "v2", gate: "ready", "min-in-service": "100ms" },
  outcomes: OUTCOMES,

  foresee: async (powers, given, outlook) =>
    (await foresee(powers, given, outlook)) as unknown as Json,
  prepare: async () => null,
  apply: async (powers, _target, given, hold, course) =>
    (await new Rollout(powers, given, course, hold).run()) as unknown as Json,
  revert: (powers, target, _params, before) =>
    putBackGuarded(powers, target, before as unknown as Guarded),
  proof: ({ events, applied }) => {
    const { started } = applied as unknown as Ended;
    return started.every((instance) =>
      events.some(({ type, instance: life }) => type === "started" && life === instance),
    );
  },
  outcome: ({ applied }) => (applied as unknown as Ended).outcome,
  intended: () => ["version", "instance", "startedAt", "restarts"],
});
