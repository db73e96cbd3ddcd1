import { AegisError } from "../../../kit/errors.ts";
import type { World } from "../../../kit/world.ts";

/** What `start` resolves with, or a rejection with ENVIRONMENT after `limitMs`, when its signal aborts, too. */
export async function within<T>(
  { clock }: World,
  limitMs: number,
  doing: string,
  start: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const work = new AbortController();
  const timer = new AbortController();
  const late = clock.sleep(limitMs, timer.signal).then((): never => {
    const seconds = Math.round(limitMs / 100) / 10;
    throw new AegisError("ENVIRONMENT", `cannot ${doing}: no answer within ${seconds} s`, {
      hint: "Is the daemon hung, or this machine very busy? Look at it with: docker info",
    });
  });
  // Whoever comes second is nobody's business.
  late.catch(() => work.abort());
  try {
    return await Promise.race([start(work.signal), late]);
  } finally {
    timer.abort();
  }
}
