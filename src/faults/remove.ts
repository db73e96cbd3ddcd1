import { defineKind } from "../model/kind.ts";
import { isDown, lasted, NEW_LIFE, stateBefore } from "./life.ts";
import { noParams } from "./params.ts";

/** Killed and forgotten by its platform, and made again as declared when the step ends. */
export const remove = defineKind({
  name: "remove",
  summary:
    "Kill and remove the target with what it wrote; made again as declared when the step ends",
  needs: ["lifecycle"],
  held: true,
  params: noParams,
  example: {},

  losses: ({ lifecycle }, target) => lifecycle.losses(target),
  prepare: ({ lifecycle }, target) =>
    stateBefore(lifecycle, target, "remove", ["running", "restarting", "created", "exited"]),
  apply: async ({ lifecycle }, target, _params, hold) => {
    await lifecycle.remove(target, hold);
    return null;
  },
  /**
   * Here a target that is gone is the harm itself, and one that was made and did not start is an undo that failed half-way.
   * One that is back was recreated by somebody.
   */
  revert: async ({ lifecycle }, target, _params, before) => {
    const { state } = await lifecycle.stateOf(target);
    const isBack = state !== "removed" && state !== "created";
    if (isBack || state === before.state) return;
    await lifecycle.recreate(target);
    if (isDown(before.state)) await lifecycle.stop(target, null);
  },
  proof: (evidence) => {
    const gone = evidence.events.find(({ type }) => type === "removed");
    return lasted(evidence, gone, "created", "started");
  },
  intended: () => NEW_LIFE,
});
