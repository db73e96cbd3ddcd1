import type { Replica } from "../../model/replica.ts";
import type { Healthcheck, ReplicaSpec } from "../../model/stack.ts";
import {
  EAGER_MS,
  type ProbeResult,
  probeHttp,
  probeReady,
  STEADY_MS,
  startProbeLoop,
} from "../probes.ts";
import { afterProbe, freshHealth, nextProbeMs } from "./health.ts";

/** What the probes of one life have found so far. */
export interface Observed {
  readonly ready: boolean;
  readonly health: Replica["health"];
  /** null: no answer has named one yet. */
  readonly version: string | null;
  /** The last probe that counts for readiness, for people. */
  readonly detail: string;
}

/** How a life is looked at. */
export interface WatchOptions {
  readonly spec: ReplicaSpec;
  readonly port: number;
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
  /** Runs a healthcheck's command beside the replica: is its exit code 0 within the time? */
  readonly runCheck: (command: readonly string[], timeoutMs: number) => Promise<ProbeResult>;
  readonly onChange: (observed: Observed) => void;
}

const LOOPBACK = "127.0.0.1";

/** What is known of a replica before its first probe. */
export function unobserved(spec: ReplicaSpec): Observed {
  const health = spec.healthcheck === null ? "none" : "starting";
  return { ready: false, health, version: null, detail: "not asked yet" };
}

/** Looks at a life until the function it returns is called: the ready path every 50 ms until it is well, then every 500 ms; the healthcheck as declared. */
export function watchLife(options: WatchOptions): Stop {
  const { spec, onChange } = options;
  let observed = unobserved(spec);
  const update = (change: Partial<Observed>): void => {
    observed = { ...observed, ...change };
    onChange(observed);
  };
  const current = (): Observed => observed;
  const loops: Stop[] = [];
  if (typeof spec.ready === "object") loops.push(watchReady(spec.ready.http, options, update));
  if (spec.healthcheck !== null) {
    loops.push(watchHealth(spec.healthcheck, options, update, current));
  }
  return () => {
    for (const stop of loops) stop();
  };
}

type Stop = () => void;
type Update = (change: Partial<Observed>) => void;

function watchReady(path: string, { spec, port }: WatchOptions, update: Update): Stop {
  return startProbeLoop(
    () => probeReady({ host: LOOPBACK, port }, path, spec.identify.version),
    ({ ok, detail, version }) => {
      update({ ready: ok, detail, ...(version === null ? {} : { version }) });
      return ok ? STEADY_MS : EAGER_MS;
    },
  );
}

function watchHealth(
  check: Healthcheck,
  { spec, port, now, runCheck }: WatchOptions,
  update: Update,
  current: () => Observed,
): Stop {
  const { test, timeoutMs } = check;
  let state = freshHealth(check, now());
  const look = (): Promise<ProbeResult> =>
    "http" in test
      ? probeHttp({ host: LOOPBACK, port }, test.http, timeoutMs, spec.identify.version)
      : runCheck(test.command, timeoutMs);
  return startProbeLoop(look, ({ ok, detail, version }) => {
    state = afterProbe(state, check, ok, now());
    const { health } = state;
    const decides = spec.ready === "health";
    update({
      health,
      version: version ?? current().version,
      ...(decides ? { ready: health === "healthy", detail } : {}),
    });
    return nextProbeMs(state, check);
  });
}
