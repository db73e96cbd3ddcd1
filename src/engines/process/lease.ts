import type { Lease, LeaseOptions } from "../engine.ts";
import type { Connection } from "./connection.ts";

/** Takes out a lease and renews it every third of its time as long as our process and its event loop live. */
export async function openLease(connection: Connection, options: LeaseOptions): Promise<Lease> {
  const id = await connection.call("lease", options);
  const timer = setInterval(() => {
    connection.call("renew", { lease: id }).catch(() => clearInterval(timer));
  }, options.ttlMs / 3);
  timer.unref();
  return {
    id,
    release: async () => {
      clearInterval(timer);
      if (connection.isOpen) await connection.call("release", { lease: id }).catch(ignoreGone);
    },
  };
  function ignoreGone(thrown: unknown): void {
    if (connection.isOpen) throw thrown;
  }
}
