import type { World } from "../kit/world.ts";
import type { Can } from "../model/powers.ts";
import type { Stack } from "../model/stack.ts";

/**
 * Looks closely at the machine that an engine works on, with a stack in mind, for `aegis doctor` alone: unlike `createEngine` it may take seconds
 * and start short-lived probes, which are gone when it resolves. Rejects ENVIRONMENT when the engine cannot work at all.
 */
export type SurveyEngine = (world: World, stack: Stack) => Promise<EngineSurvey>;

export interface EngineSurvey {
  readonly findings: readonly SurveyFinding[];
  /** The powers that turned out to be lacking: what the engine itself does not know before it has tried. */
  readonly lacks: Partial<Can>;
  /** All of it for scripts: what JSON can carry. */
  readonly facts: object;
}

/** One thing that was found out. */
export interface SurveyFinding {
  /** `warning`: works, but look at it; `bad`: the engine cannot run the stack here. */
  readonly status: "ok" | "warning" | "bad";
  readonly what: string;
  readonly says: string;
  /** What to do about it; null when there is nothing to do. */
  readonly hint: string | null;
}
