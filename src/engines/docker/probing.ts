import type { ReplicaSpec } from "../../model/stack.ts";
import { EAGER_MS, probeReady, STEADY_MS, startProbeLoop } from "../probes.ts";
import type { Inspected } from "./inspected.ts";
import type { Reach } from "./reach.ts";
import type { ReplicaRecord } from "./replica-record.ts";

/** Asks replicas whether they are ready, where that can be asked. */
export interface Probing {
  /** Looks at this life until it ends. Resolves after the first look. */
  start(record: ReplicaRecord): Promise<void>;
  stop(record: ReplicaRecord): void;
  stopAll(): void;
}

/** Has it a ready path, and an address to ask it at? */
export function canAsk(
  reach: Reach,
  container: Inspected,
  { ready, container: declared }: ReplicaSpec,
): boolean {
  return (
    reach.isOpen &&
    typeof ready === "object" &&
    container.ip !== null &&
    (declared?.port ?? null) !== null
  );
}

/** `now` in µs. */
export function createProbing(reach: Reach, now: () => number): Probing {
  const loops = new Map<string, () => void>();
  const stop = ({ key }: ReplicaRecord): void => {
    loops.get(key)?.();
    loops.delete(key);
  };
  return {
    start: (record) => {
      stop(record);
      const { container, spec } = record;
      if (container === null || !canAsk(reach, container, spec)) return Promise.resolve();
      return new Promise((resolve) => {
        const halt = probe(record, container, reach, now, resolve);
        loops.set(record.key, () => {
          halt();
          resolve();
        });
      });
    },
    stop,
    stopAll: () => {
      for (const halt of loops.values()) halt();
      loops.clear();
    },
  };
}

function probe(
  record: ReplicaRecord,
  { ip }: Inspected,
  reach: Reach,
  now: () => number,
  onLook: () => void,
): () => void {
  const { ready, container, identify } = record.spec;
  const path = (ready as { http: string }).http;
  const address = { host: ip as string, port: container?.port as number };
  const from = now();
  return startProbeLoop(
    () => probeReady(address, path, identify.version),
    ({ ok, detail, version, reached }) => {
      if (reached) reach.confirm();
      else reach.silentFor(now() - from);
      record.answered(ok, detail, version, now());
      onLook();
      return ok ? STEADY_MS : EAGER_MS;
    },
  );
}
