import { setTimeout as sleep } from "node:timers/promises";
import { AegisError } from "../../kit/errors.ts";
import { formatDuration } from "../../kit/units.ts";
import { jobs, prerequisites } from "../dependencies.ts";
import { lastWords } from "./last-words.ts";
import type { Project } from "./project.ts";
import type { ReplicaRecord } from "./replica-record.ts";
import type { Watch } from "./watch.ts";

/** How replicas are waited for. */
export interface ArrivalOptions {
  readonly timeoutMs: number;
  /** Aborts when somebody takes the stack down. */
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  /** How often each had died before it was started, by key. */
  readonly deathsBefore: ReadonlyMap<string, number>;
}

/** A replica that its policy revives may die that often before waiting for it is hopeless. */
const HOPELESS_DEATHS = 3;
/** A replica of which nothing tells that it is ready must at least live that long. */
const SETTLE_MS = 500;

/**
 * Resolves when every replica is ready, and every one-shot job done. Rejects with ENVIRONMENT, telling why one cannot be
 * any more, or which is not within the time, with the last lines it printed.
 */
export async function allArrive(
  project: Project,
  watch: Watch,
  options: ArrivalOptions,
): Promise<void> {
  const arrivals = watch.records.map((record) => arrivalOf(project, watch, record));
  const failed = new AbortController();
  const tasks = arrivals.map(async (arrival) => {
    await reach(project, watch, arrival, options, failed.signal);
    options.onProgress(arrival.report());
  });
  try {
    await Promise.all(tasks);
  } catch (thrown) {
    failed.abort();
    await Promise.allSettled(tasks);
    throw thrown instanceof Hopeless ? await failure(project, thrown) : thrown;
  }
}

/** Why a replica will not get there. */
class Hopeless extends Error {
  override readonly name = "Hopeless";
  readonly record: ReplicaRecord;

  constructor(record: ReplicaRecord, reason: string) {
    super(reason);
    this.record = record;
  }
}

interface Arrival {
  readonly record: ReplicaRecord;
  readonly isThere: () => boolean;
  readonly report: () => string;
  /** It may end well by ending. */
  readonly mayBeDone: boolean;
}

function arrivalOf({ stack }: Project, { reach: { why } }: Watch, record: ReplicaRecord): Arrival {
  const { spec } = record;
  const isJob = jobNames(stack.replicas).has(spec.name);
  const revives = spec.restart.mode === "always" || spec.restart.mode === "unless-stopped";
  const mayBeDone = isJob || (spec.ready === "running" && !revives);
  const isDone = (): boolean =>
    mayBeDone && record.state === "exited" && record.lastExit?.code === 0;
  return {
    record,
    mayBeDone,
    isThere: () => isDone() || (!isJob && record.view().ready),
    report: () => {
      if (isDone()) return `${spec.name} is done`;
      const isGuess = typeof spec.ready === "object" && record.basis !== "answer" && why !== null;
      const basis = record.basis === "health" ? "its healthcheck" : "that it runs";
      return `${spec.name} is ready${isGuess ? `, as far as ${basis} tells: ${why}` : ""}`;
    },
  };
}

/** Compose accepts dependencies on what is not declared here. */
function jobNames(replicas: Project["stack"]["replicas"]): ReadonlySet<string> {
  try {
    return jobs(prerequisites(replicas));
  } catch {
    return new Set();
  }
}

async function reach(
  project: Project,
  watch: Watch,
  arrival: Arrival,
  { timeoutMs, signal, deathsBefore }: ArrivalOptions,
  failed: AbortSignal,
): Promise<void> {
  const { record } = arrival;
  const before = deathsBefore.get(record.key) ?? 0;
  const from = performance.now();
  const isOver = (): boolean => signal.aborted || failed.aborted;
  const until = async (timeMs: number): Promise<void> => {
    let hopeless: string | null = null;
    const holds = (): boolean => {
      hopeless = whyHopeless(arrival, before);
      return isOver() || hopeless !== null || arrival.isThere();
    };
    await watch.settle(holds, timeMs, () => late(arrival, timeoutMs), [signal, failed]);
    if (hopeless !== null && !isOver()) throw new Hopeless(record, hopeless);
  };
  const left = (): number => Math.max(1, timeoutMs - (performance.now() - from));
  for (;;) {
    await until(left());
    if (isOver()) return;
    // It may have ended since: a busy daemon tells of a start and of the death after it at once.
    if (!arrival.isThere()) continue;
    const { instance } = record;
    if (record.basis !== "running" || instance === null) return;
    await sleep(SETTLE_MS, undefined, { signal: failed }).catch(() => undefined);
    if (isOver() || (await stillLives(project, record, instance))) return;
  }
}

/** Asked of Docker itself: a busy one tells of a death long after it. */
async function stillLives(
  { client, ask }: Project,
  record: ReplicaRecord,
  instance: string,
): Promise<boolean> {
  const id = record.container?.id;
  if (id === undefined) return false;
  const looking = client.api.getContainer(id).inspect();
  const info = await ask(looking, `see whether ${record.spec.name} still runs`, 404);
  const isSame = info?.State.Running === true && instance.endsWith(`/${info.State.Pid}`);
  return isSame && record.instance === instance;
}

function whyHopeless({ record, mayBeDone }: Arrival, deathsBefore: number): string | null {
  const { state, lastExit, deaths } = record;
  const how =
    lastExit?.signal == null
      ? `exited with code ${lastExit?.code}`
      : `was ended by ${lastExit.signal}`;
  if (state === "exited" && !(mayBeDone && lastExit?.code === 0)) return how;
  return deaths - deathsBefore >= HOPELESS_DEATHS
    ? `${how}, ${HOPELESS_DEATHS} times in a row`
    : null;
}

function late({ record }: Arrival, timeoutMs: number): Hopeless {
  const { unready } = record.view();
  const within = formatDuration(timeoutMs);
  return new Hopeless(record, `was not ready within ${within} (--wait-timeout): ${unready}`);
}

async function failure(project: Project, { record, message }: Hopeless): Promise<AegisError> {
  const { spec } = record;
  const words = await lastWords(project, record);
  const file = project.stack.file === null ? "" : ` -f ${project.stack.file}`;
  return new AegisError("ENVIRONMENT", `${spec.name} ${message}. ${words}`, {
    hint: `try it alone: docker compose${file} run --rm ${spec.container?.service}`,
  });
}
