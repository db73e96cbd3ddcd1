import { defineKind } from "../model/kind.ts";
import {
  deathOf,
  NEW_LIFE,
  STOP_OUTCOMES,
  startAgain,
  stateBefore,
  stopOutcome,
  toldOf,
} from "./life.ts";
import { noParams } from "./params.ts";

/** One graceful restart: the unit of every rolling operation. */
export const restart = defineKind({
  name: "restart",
  summary: "Stop the target gracefully (SIGTERM, grace, SIGKILL) and start it again",
  needs: ["lifecycle"],
  held: false,
  params: noParams,
  example: {},
  outcomes: STOP_OUTCOMES,

  prepare: ({ lifecycle }, target) => stateBefore(lifecycle, target, "restart", ["running"]),
  apply: async ({ lifecycle }, target, _params, hold) =>
    toldOf(await lifecycle.restart(target, hold), target),
  revert: ({ lifecycle }, target, _params, before) => startAgain(lifecycle, target, before),
  proof: (evidence) => {
    const death = deathOf(evidence);
    if (death === undefined) return false;
    const later = evidence.events.slice(evidence.events.indexOf(death) + 1);
    return later.some(
      ({ type, instance }) =>
        type === "started" && instance !== null && instance !== death.instance,
    );
  },
  outcome: stopOutcome,
  intended: () => NEW_LIFE,
});
