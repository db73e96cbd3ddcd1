import { AegisError } from "../../kit/errors.ts";
import type { LogLine, LogOptions } from "../engine.ts";
import { createPushStream, type PushStream } from "../push-stream.ts";
import { logReader } from "./log-lines.ts";
import type { Project } from "./project.ts";
import type { ReplicaRecord } from "./replica-record.ts";
import type { Watch } from "./watch.ts";

const LONGEST_QUEUE = 20_000;

/** What replicas have printed, and print; followed from one life to the next. */
export function streamLogs(project: Project, options: LogOptions): AsyncIterable<LogLine> {
  const ended = new AbortController();
  const lines = createPushStream<LogLine>(options.signal, () => ended.abort(), LONGEST_QUEUE);
  readAll(project, options, lines, ended.signal).then(
    () => lines.end(),
    (thrown) => lines.fail(thrown),
  );
  return lines;
}

async function readAll(
  project: Project,
  { names, follow, tail }: LogOptions,
  lines: PushStream<LogLine>,
  signal: AbortSignal,
): Promise<void> {
  const watch = await project.watch();
  const records = names.map((name) => needReplica(watch, name));
  if (follow) {
    const following = records.map((one) => followOne(project, watch, one, tail, lines, signal));
    await Promise.all(following);
    return;
  }
  for (const record of records) {
    await readLog(project, record, { follow: false, tail, after: null }, lines, signal);
  }
}

function needReplica({ records }: Watch, name: string): ReplicaRecord {
  const record = records.find(({ spec }) => spec.name === name);
  if (record !== undefined) return record;
  throw new AegisError("INVALID_INPUT", `no replica is called "${name}"`, {
    hint: `there are: ${records.map(({ spec }) => spec.name).join(", ")}`,
  });
}

/** The log of a container ends with each of its lives: it is asked for again with the next one. */
async function followOne(
  project: Project,
  watch: Watch,
  record: ReplicaRecord,
  tail: number | null,
  lines: PushStream<LogLine>,
  signal: AbortSignal,
): Promise<void> {
  let after: string | null = null;
  let first = true;
  while (!signal.aborted && !watch.lost.aborted) {
    const { instance } = record;
    const options = { follow: true, tail: first ? tail : null, after };
    after = await readLog(project, record, options, lines, signal);
    first = false;
    await nextLife(watch, record, instance, signal);
  }
  if (watch.lost.aborted) throw watch.lost.reason;
}

function nextLife(
  watch: Watch,
  record: ReplicaRecord,
  last: string | null,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      stopListening();
      signal.removeEventListener("abort", finish);
      watch.lost.removeEventListener("abort", finish);
      resolve();
    };
    const look = (): void => {
      if (record.isAlive && record.instance !== last) finish();
    };
    const stopListening = watch.events.listen(look);
    signal.addEventListener("abort", finish);
    watch.lost.addEventListener("abort", finish);
    if (signal.aborted || watch.lost.aborted) finish();
    else look();
  });
}

interface ReadOptions {
  readonly follow: boolean;
  readonly tail: number | null;
  /** Only what is later than this timestamp of Docker's. */
  readonly after: string | null;
}

/** Resolves with the timestamp of the last entry when the log ends, or the signal aborts. */
async function readLog(
  { client, ask }: Project,
  { container, spec }: ReplicaRecord,
  { follow, tail, after }: ReadOptions,
  lines: PushStream<LogLine>,
  signal: AbortSignal,
): Promise<string | null> {
  if (container === null) return after;
  const push = (stream: LogLine["stream"], text: string): void =>
    lines.push({ replica: spec.name, stream, text });
  const reader = logReader(container.isTty, after, push);
  const options = {
    stdout: true,
    stderr: true,
    timestamps: true,
    ...(tail === null ? {} : { tail }),
    ...(after === null ? {} : { since: sinceOf(after) }),
  };
  const api = client.api.getContainer(container.id);
  const doing = `read the log of ${spec.name}`;
  if (!follow) {
    const all = await ask(api.logs({ ...options, follow: false }), doing, 404);
    if (all !== null) reader.read(all);
  } else {
    const stream = await ask(api.logs({ ...options, follow: true }), doing, 404);
    if (stream !== null) await readUntilEnd(stream, reader.read, signal);
  }
  reader.end();
  return reader.last;
}

function readUntilEnd(
  stream: NodeJS.ReadableStream,
  onData: (chunk: Buffer) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      signal.removeEventListener("abort", finish);
      (stream as unknown as { destroy(): void }).destroy();
      resolve();
    };
    stream.on("data", onData);
    stream.once("end", finish);
    stream.once("close", finish);
    stream.on("error", finish);
    signal.addEventListener("abort", finish);
    if (signal.aborted) finish();
  });
}

/** The API takes seconds since the epoch, with a fraction. */
function sinceOf(stamp: string): string {
  const fraction = /\.(\d+)/.exec(stamp)?.[1] ?? "0";
  return `${Math.floor(Date.parse(stamp) / 1000)}.${fraction}`;
}
