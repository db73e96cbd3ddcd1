import { formatDuration } from "../kit/units.ts";
import type { ErrorClass } from "../model/assertion.ts";
import type { TrafficPlan } from "../model/plan.ts";
import type { Failures } from "./failures.ts";

/** What went wrong most often, in the terms that advice depends on. */
interface Symptom {
  readonly class: ErrorClass;
  readonly status: number | null;
  /** The step kind that was on; null: none. */
  readonly kind: string | null;
  readonly replica: string | null;
  /** The requests go straight to what was harmed: nothing can stand in for it. */
  readonly direct: boolean;
  readonly traffic: TrafficPlan;
}

/** What would mend the most frequent of these failures, as one sentence without its full stop. */
export function mendFailures(failures: Failures, traffic: TrafficPlan): string {
  const [worst] = failures.classes;
  if (!worst) return "";
  const injection = failures.harms[0]?.what?.injection ?? null;
  const host = /^\w+:\/\/([^/:]+)/.exec(traffic.url)?.[1];
  const symptom: Symptom = {
    class: worst.what,
    status: worst.what === "status" ? (failures.statuses[0]?.what ?? null) : null,
    kind: injection?.kind ?? null,
    replica: worst.replicas[0]?.what ?? null,
    direct:
      host !== undefined && [injection?.target?.name, injection?.target?.service].includes(host),
    traffic,
  };
  return ADVICE.find(({ fits }) => fits(symptom))?.say(symptom) ?? "";
}

/** What would make answers faster, or come at all, while a step of this kind is on. */
export function mendWaiting(kind: string | null, traffic: TrafficPlan): string {
  if (kind === null) return "no step was on then: the stack itself, or the machine, was slow";
  if (kind === "pause") return tryTimeout(traffic);
  return `the replicas that were left did not keep up, or tries on the dead one took their time: ${NEXT_ONE}, with a connect timeout of a few hundred milliseconds, and keep capacity to spare`;
}

interface Advice {
  readonly fits: (symptom: Symptom) => boolean;
  readonly say: (symptom: Symptom) => string;
}

const NEXT_ONE = "let it try the next one (nginx: proxy_next_upstream error timeout)";
const GRACEFUL: ReadonlySet<string> = new Set(["stop", "restart"]);
const LEAVE_WELL =
  "the replica closed connections that requests were still sent on: on SIGTERM it should answer `Connection: close` until the balancer has let go, finish what is in flight, and only then exit";
const BROKEN: ReadonlySet<ErrorClass> = new Set([
  "refused",
  "reset",
  "stale",
  "cut",
  "unreachable",
]);

/** The first that fits counts. */
const ADVICE: readonly Advice[] = [
  {
    fits: ({ class: name }) => name === "dns",
    say: ({ traffic }) =>
      `the host of ${traffic.url} did not resolve: check its name and the resolver`,
  },
  {
    fits: ({ class: name }) => name === "tls",
    say: () => "the TLS handshake failed: check the certificate, and `ca` of the traffic",
  },
  {
    fits: ({ class: name }) => name === "body" || name === "protocol",
    say: ({ replica }) =>
      `the answers were not what was expected: look at the log of ${who(replica)}`,
  },
  {
    fits: ({ kind }) => kind === null,
    say: ({ replica }) => `no step was on then: look at the log of ${who(replica)} at that time`,
  },
  {
    fits: ({ class: name, direct }) => direct && (name === "timeout" || BROKEN.has(name)),
    say: ({ traffic }) =>
      `${traffic.name} goes straight to what was harmed (${traffic.url}), so nothing stood in for it: send it to a balancer in front of several replicas`,
  },
  {
    fits: ({ class: name, status }) => name === "timeout" || status === 504,
    say: ({ kind, traffic }) => (kind === "pause" ? tryTimeout(traffic) : silent(traffic)),
  },
  {
    fits: ({ status }) => status === 503,
    say: () =>
      "the balancer had no replica left to send to: harm fewer at a time (limits: { down: 1 }), add replicas, or let it put a recovered one back sooner",
  },
  {
    fits: ({ class: name, status, kind }) =>
      GRACEFUL.has(kind ?? "") && (BROKEN.has(name) || status === 502),
    say: () => LEAVE_WELL,
  },
  {
    fits: ({ class: name, status, kind }) =>
      kind === "rollout" && (BROKEN.has(name) || status === 502),
    say: () =>
      `${LEAVE_WELL}; and the balancer should not pass over a member for long because of one failure (nginx: max_fails=0)`,
  },
  {
    fits: ({ class: name, status }) => BROKEN.has(name) || status === 502,
    say: ({ traffic }) =>
      `the balancer sent requests to a dead replica: ${NEXT_ONE}${lost(traffic)}`,
  },
  {
    fits: () => true,
    say: ({ replica, status }) =>
      `the application itself answered ${status ?? "so"}: look at the log of ${who(replica)}`,
  },
];

function tryTimeout({ timeoutMs }: TrafficPlan): string {
  return `requests waited for a frozen replica: give the balancer a timeout for each try well below the ${formatDuration(timeoutMs)} of the client (nginx: proxy_read_timeout), and ${NEXT_ONE}`;
}

function silent({ timeoutMs }: TrafficPlan): string {
  return `requests waited for a replica that was gone: give the balancer a connect timeout well below the ${formatDuration(timeoutMs)} of the client (nginx: proxy_connect_timeout 300ms), and ${NEXT_ONE}`;
}

/** Repeating what is not safe to repeat carries it out twice. */
function lost({ method }: TrafficPlan): string {
  if (method === "GET" || method === "HEAD")
    return ", and take a replica that fails out of rotation";
  return `; but a ${method} that was in flight may have been carried out, so only requests that never reached the replica are safe to repeat`;
}

function who(replica: string | null): string {
  return replica ?? "the replicas";
}
