import { defineKind } from "../model/kind.ts";
import {
  deathOf,
  lasted,
  NEW_LIFE,
  STOP_OUTCOMES,
  startAgain,
  stateBefore,
  stopOutcome,
  toldOf,
} from "./life.ts";
import { noParams } from "./params.ts";

/** What an operator or a rollout does: asks the target to leave, and keeps it away until the step ends. */
export const stop = defineKind({
  name: "stop",
  summary:
    "Stop the target gracefully (SIGTERM, grace, SIGKILL) and hold it down until the step ends",
  needs: ["lifecycle"],
  held: true,
  params: noParams,
  example: {},
  outcomes: STOP_OUTCOMES,

  prepare: ({ lifecycle }, target) => stateBefore(lifecycle, target, "stop", ["running"]),
  apply: async ({ lifecycle }, target, _params, hold) =>
    toldOf(await lifecycle.stop(target, hold), target),
  revert: ({ lifecycle }, target, _params, before) => startAgain(lifecycle, target, before),
  proof: (evidence) => lasted(evidence, deathOf(evidence), "started"),
  outcome: stopOutcome,
  intended: () => NEW_LIFE,
});
