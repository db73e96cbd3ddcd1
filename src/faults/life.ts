import { AegisError } from "../kit/errors.ts";
import type { Evidence } from "../model/kind.ts";
import type { Lifecycle, StopOutcome } from "../model/powers.ts";
import type { EngineEvent, EngineEventType, Replica, TargetRef } from "../model/replica.ts";

/** What a fault keeps of its target: revert restores it. JSON. */
export type Before = { readonly state: Replica["state"] };

/** The fields that a new life changes by itself: no residue. */
export const NEW_LIFE: readonly (keyof Replica)[] = ["instance", "startedAt", "restarts"];

/** The state of a target that is about to be harmed; throws ENVIRONMENT when it is not in one of `allowed`: harm that cannot be undone is not done. */
export async function stateBefore(
  lifecycle: Lifecycle,
  target: TargetRef,
  kind: string,
  allowed: readonly Replica["state"][],
): Promise<Before> {
  const { state } = await lifecycle.stateOf(target);
  if (allowed.includes(state)) return { state };
  throw new AegisError(
    "ENVIRONMENT",
    `${kind} needs ${target.name} ${allowed.join(" or ")}; it is ${state}`,
    {
      hint: "choose among those that run: `only: ready` in the target",
    },
  );
}

/** Starts what a fault has left down and was up before. Paused is not down. A target that is gone counts as undone. */
export async function startAgain(
  lifecycle: Lifecycle,
  target: TargetRef,
  before: Before,
): Promise<void> {
  if (isDown(before.state)) return;
  const { state } = await lifecycle.stateOf(target);
  if (state !== "removed") await lifecycle.start(target);
}

/** Down, and nobody is about to bring it back. */
export function isDown(state: Replica["state"]): boolean {
  return state === "created" || state === "exited" || state === "removed";
}

/** The end of the very life that was harmed; undefined when the engine has seen none. */
export function deathOf({ events, target }: Evidence): EngineEvent | undefined {
  return events.find(
    ({ type, instance }) => type === "died" && instance !== null && instance === target.instance,
  );
}

/** Did SIGKILL end it? Containers tell it as exit code 137. */
export function wasKilled(death: EngineEvent | undefined): boolean {
  return death?.signal === "SIGKILL" || death?.exitCode === 137;
}

/**
 * Did the state that `since` began last until aegis itself ended it? `ends` are the events that end it: the first of them
 * must be ours, or not have come yet. Somebody who wakes or starts the target earlier has made the harm another one.
 */
export function lasted(
  { events }: Evidence,
  since: EngineEvent | undefined,
  ...ends: readonly EngineEventType[]
): boolean {
  if (since === undefined) return false;
  const end = events.slice(events.indexOf(since) + 1).find(({ type }) => ends.includes(type));
  return end === undefined || end.by === "aegis";
}

/** Outcomes of what stops with the stop signal first. */
export const STOP_OUTCOMES = ["drained", "killed", "failed"] as const;

/** `killed` when the engine saw SIGKILL end it, or says that the grace ran out; else how the engine says that it left. */
export function stopOutcome(evidence: Evidence): string {
  const outcome = (evidence.applied as { readonly outcome?: unknown } | null)?.outcome;
  if (outcome === "killed" || wasKilled(deathOf(evidence))) return "killed";
  return outcome === "failed" ? "failed" : "drained";
}

/** What a stop came to, with a sentence for those who expected it to drain. */
export function toldOf(stopped: StopOutcome, { name }: TargetRef) {
  if (stopped.outcome !== "failed") return { ...stopped };
  const how =
    stopped.signal === null
      ? `left with exit code ${stopped.exitCode}`
      : `died of ${stopped.signal}`;
  return { ...stopped, detail: `asked to stop, ${name} ${how}` };
}
