import { defineKind } from "../model/kind.ts";
import { deathOf, NEW_LIFE, startAgain, stateBefore, wasKilled } from "./life.ts";
import { noParams } from "./params.ts";

/** SIGKILL out of nowhere, as an OOM kill or a segfault: whether and when it comes back is up to the restart policy. */
export const crash = defineKind({
  name: "crash",
  summary: "SIGKILL the target; its restart policy may bring it back",
  needs: ["lifecycle", "crash"],
  held: false,
  params: noParams,
  example: {},

  prepare: ({ lifecycle }, target) => stateBefore(lifecycle, target, "crash", ["running"]),
  apply: async ({ crash }, target) => {
    await crash.crash(target);
    return null;
  },
  revert: ({ lifecycle }, target, _params, before) => startAgain(lifecycle, target, before),
  proof: (evidence) => wasKilled(deathOf(evidence)),
  intended: () => NEW_LIFE,
});
