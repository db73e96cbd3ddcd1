import type { Lease, LeaseOptions } from "../engine.ts";
import type { Connection } from "./connection.ts";

/** Takes out a lease and renews it every third of its time as long as our process and its event loop live. */
export async function openLease(
  connection: Connection,
  options: LeaseOptions,
  releaseLimitMs: number,
): Promise<Lease> {
  const id = await connection.call("lease", options);
  const lost = new AbortController();
  let isReleased = false;
  const lose = (reason: unknown): void => {
    clearInterval(timer);
    if (!isReleased && !connection.isEndedByUs) lost.abort(reason);
  };
  const renew = (): Promise<unknown> => connection.call("renew", { lease: id }).catch(lose);
  const timer = setInterval(renew, options.ttlMs / 3);
  timer.unref();
  void connection.closed.then(renew);
  return {
    id,
    lost: lost.signal,
    release: async () => {
      isReleased = true;
      clearInterval(timer);
      if (!connection.isOpen) return;
      const released = connection.call("release", { lease: id }, { limitMs: releaseLimitMs });
      await released.catch(ignoreGone);
    },
  };
  function ignoreGone(thrown: unknown): void {
    if (connection.isOpen) throw thrown;
  }
}
