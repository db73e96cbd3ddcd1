import { defineKind } from "../model/kind.ts";
import { deathOf, lasted, NEW_LIFE, startAgain, stateBefore, wasKilled } from "./life.ts";
import { noParams } from "./params.ts";

/** SIGKILL, and down until the step ends: a machine that is gone for a while. */
export const kill = defineKind({
  name: "kill",
  summary: "SIGKILL the target and hold it down until the step ends",
  needs: ["lifecycle"],
  held: true,
  params: noParams,
  example: {},

  prepare: ({ lifecycle }, target) => stateBefore(lifecycle, target, "kill", ["running"]),
  apply: async ({ lifecycle }, target, _params, hold) => {
    await lifecycle.kill(target, hold);
    return null;
  },
  revert: ({ lifecycle }, target, _params, before) => startAgain(lifecycle, target, before),
  proof: (evidence) => {
    const death = deathOf(evidence);
    return wasKilled(death) && lasted(evidence, death, "started");
  },
  intended: () => NEW_LIFE,
});
