import { ApiError } from "./api.ts";

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
/** Conflicts between two who undo the same pass; one that lasts (a name that somebody else has taken) does not. */
const CONFLICT_MS = 30_000;

/** How patient we are with a daemon that is not there. */
export interface Patience {
  /** Told each time whether it was to be reached. */
  readonly reached: (is: boolean) => void;
  /** Nothing is tried again any more. */
  readonly isOver: () => boolean;
  readonly log: (line: string) => void;
}

/**
 * Tries for as long as it takes while the daemon is not there or is in trouble. Rejects with an ApiError when it refuses
 * for good; with whatever went wrong last when patience is over.
 */
export async function persist<T>(action: () => Promise<T>, patience: Patience): Promise<T> {
  const began = performance.now();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      const result = await action();
      patience.reached(true);
      return result;
    } catch (thrown) {
      patience.reached(thrown instanceof ApiError);
      const isLate = performance.now() - began > CONFLICT_MS;
      if (patience.isOver() || isRefusal(thrown) || (isLate && isConflict(thrown))) throw thrown;
      patience.log(`trying again: ${(thrown as Error).message}`);
    }
    await pauseFor(pause);
  }
}

export function pauseFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Would it be answered the same way again? */
function isRefusal(thrown: unknown): boolean {
  const isTrouble = thrown instanceof ApiError && (thrown.status >= 500 || thrown.status === 429);
  return thrown instanceof ApiError && !isTrouble && !isConflict(thrown);
}

function isConflict(thrown: unknown): boolean {
  return thrown instanceof ApiError && thrown.status === 409;
}
