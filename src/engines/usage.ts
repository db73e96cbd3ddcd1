import type { Usage } from "./engine.ts";

/** What one life has used so far. */
export interface UsageSample {
  readonly replica: string;
  readonly instance: string;
  /** When it was read, µs on any one clock. */
  readonly at: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** The share of one core between two readings; null for a life that the former one did not see. */
export function usageBetween(
  before: readonly UsageSample[],
  after: readonly UsageSample[],
): Usage[] {
  return after.map(({ replica, instance, at, cpuMs, memoryBytes }) => {
    const former = before.find((one) => one.instance === instance);
    const elapsedMs = former === undefined ? 0 : (at - former.at) / 1000;
    const used = Math.max(0, cpuMs - (former?.cpuMs ?? 0));
    return { replica, cpu: elapsedMs > 0 ? used / elapsedMs : null, memoryBytes };
  });
}
