import type { Duplex } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { AegisError } from "../../../kit/errors.ts";
import type { InsideProgram } from "../../../model/inside.ts";
import { createPushStream } from "../../push-stream.ts";
import type { DockerClient } from "../client.ts";
import { type HelperContainer, removeHelper } from "../helper/container.ts";
import { frameReader } from "../helper/frames.ts";

export interface OpenOptions {
  readonly client: DockerClient;
  /** What attaching gives: two streams in frames. */
  readonly stream: Duplex;
  /** Settles when it ends, or when the daemon is away. */
  readonly exit: Promise<{ readonly StatusCode: number }>;
  readonly container: HelperContainer;
}

/** What a program says when it fails is short. */
const KEPT_CHARACTERS = 4096;
/** The stream of a container that has ended may close before its exit code is told. */
const EXIT_MS = 2_000;

/** Our end of a program in a container that has started. */
export function openProgram({ client, stream, exit, container }: OpenOptions): InsideProgram {
  const lines = createPushStream<string>(new AbortController().signal, () => undefined);
  let isOurEnd = false;
  let complaint = "";
  const out = lineReader((line) => lines.push(line));
  const read = frameReader((kind, content) => {
    if (kind === "stdout") out(content);
    else complaint = (complaint + content).slice(-KEPT_CHARACTERS);
  });
  let hasClosed = false;
  const onClosed = async (): Promise<void> => {
    if (hasClosed) return;
    hasClosed = true;
    if (isOurEnd) return lines.end();
    const why = complaint.trim() || (await causeOf(exit));
    lines.fail(lostError(container.name, why));
  };
  stream.on("data", read);
  for (const event of ["end", "close", "error"]) stream.on(event, () => void onClosed());
  let ending: Promise<void> | null = null;
  return {
    name: container.name,
    send: (line) => {
      if (!hasClosed) stream.write(`${line}\n`);
    },
    lines,
    end: () => {
      isOurEnd = true;
      ending ??= end(client, stream, container);
      return ending;
    },
  };
}

/** It ends when its stdin does, and is removed with its end: a daemon that is away just now takes no orders. */
async function end(
  client: DockerClient,
  stream: Duplex,
  container: HelperContainer,
): Promise<void> {
  stream.end();
  await removeHelper(client, container).catch(() => undefined);
  stream.destroy();
}

async function causeOf(exit: OpenOptions["exit"]): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), EXIT_MS);
  });
  const ended = await Promise.race([exit.catch(() => null), late]);
  clearTimeout(timer);
  if (ended === null) return "the way to the Docker daemon is lost";
  const killed = ended.StatusCode === 137 ? ": somebody has removed it, or its memory ran out" : "";
  return `it has ended with exit code ${ended.StatusCode}${killed}`;
}

function lostError(name: string, why: string): AegisError {
  return new AegisError("ENVIRONMENT", `the container ${name}: ${why}`, {
    hint: "run it again; `docker events` tells who removes containers",
  });
}

/** Chunks of bytes as lines without their ends. */
function lineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return (chunk) => {
    const parts = decoder.write(chunk).split("\n");
    parts[0] = rest + parts[0];
    rest = parts.pop() ?? "";
    for (const line of parts) onLine(line);
  };
}
