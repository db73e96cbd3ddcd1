import { defineKind } from "../model/kind.ts";
import { lasted, stateBefore } from "./life.ts";
import { noParams } from "./params.ts";

/** Gray failure: the kernel still accepts connections for it, nothing ever answers. */
export const pause = defineKind({
  name: "pause",
  summary: "Freeze the target: its sockets stay open, nothing answers (gray failure)",
  needs: ["lifecycle"],
  held: true,
  params: noParams,
  example: {},

  prepare: ({ lifecycle }, target) => stateBefore(lifecycle, target, "pause", ["running"]),
  apply: async ({ lifecycle }, target, _params, hold) => {
    await lifecycle.pause(target, hold);
    return null;
  },
  /** Some watchdogs kill what is frozen: then the freeze has cost its life, and it is started again. */
  revert: async ({ lifecycle }, target, _params, before) => {
    if (before.state === "paused") return;
    const { state } = await lifecycle.stateOf(target);
    if (state === "exited") await lifecycle.start(target);
    else if (state !== "removed") await lifecycle.unpause(target);
  },
  proof: (evidence) => {
    const frozen = evidence.events.find(
      ({ type, instance }) => type === "paused" && instance === evidence.target.instance,
    );
    return lasted(evidence, frozen, "unpaused", "died");
  },
});
