import type { RestartPolicy } from "../model/stack.ts";

/** What a restart policy remembers from one death to the next. */
export interface RestartMemory {
  /** The last delay; 0 before the first death. */
  readonly delayMs: number;
  /** Revivals since the replica was last started by hand. */
  readonly revivals: number;
}

export const FRESH_MEMORY: RestartMemory = { delayMs: 0, revivals: 0 };

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
const STABLE_AFTER_MS = 10_000;

/**
 * What follows the death of a replica that nobody holds down: null, or the delay before it is revived. Docker's rules
 * (moby, restartmanager): 100 ms, doubled each time up to a minute, back to the start after a life of 10 s or more.
 */
export function afterDeath(
  policy: RestartPolicy,
  memory: RestartMemory,
  life: { readonly failed: boolean; readonly ranMs: number },
): RestartMemory | null {
  if (!revives(policy, memory, life.failed)) return null;
  const last = life.ranMs >= STABLE_AFTER_MS ? 0 : memory.delayMs;
  const delayMs = last === 0 ? FIRST_DELAY_MS : Math.min(last * 2, LONGEST_DELAY_MS);
  return { delayMs, revivals: memory.revivals + 1 };
}

function revives(policy: RestartPolicy, memory: RestartMemory, failed: boolean): boolean {
  switch (policy.mode) {
    case "no":
      return false;
    case "always":
    case "unless-stopped":
      return true;
    case "on-failure":
      return failed && (policy.maxRetries === null || memory.revivals < policy.maxRetries);
  }
}
