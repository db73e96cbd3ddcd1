import { StringDecoder } from "node:string_decoder";
import { AegisError } from "../../kit/errors.ts";
import { type DockerClient, dockerProblem } from "./client.ts";
import { ofProject } from "./labels.ts";

/** What Docker tells of a container. */
export interface DockerEvent {
  /** `start`, `die`, `health_status: healthy` ... */
  readonly action: string;
  /** The container's full id. */
  readonly id: string;
  /** Wall time of the daemon, µs. */
  readonly at: number;
  /** Its labels, and what the action is about (`exitCode`). */
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** An open stream of events. */
export interface EventStream {
  close(): void;
}

const ACTIONS = [
  "create",
  "start",
  "kill",
  "die",
  "stop",
  "pause",
  "unpause",
  "destroy",
  "rename",
  "health_status",
] as const;

/**
 * Tells what happens to a project's containers from `since` (wall time of the daemon, µs) on, in order. `onLost` is called
 * once when the daemon ends the stream, never after `close`. Rejects with ENVIRONMENT when there is no way to the daemon.
 */
export async function openEventStream(
  client: DockerClient,
  project: string,
  since: number,
  onEvent: (event: DockerEvent) => void,
  onLost: (problem: AegisError) => void,
): Promise<EventStream> {
  const filters = { ...ofProject(project), type: ["container"], event: [...ACTIONS] };
  // Whole seconds would tell of what is known already; the API takes fractions, its type does not.
  const exactly = (since / 1_000_000).toFixed(6) as unknown as number;
  const options = { since: exactly, filters: filters as unknown as Record<string, string[]> };
  const doing = `watch project ${project}`;
  const stream = await client.api.getEvents(options).catch((thrown: unknown) => {
    throw dockerProblem(thrown, client, doing);
  });
  let isOpen = true;
  const lose = (thrown?: unknown): void => {
    if (!isOpen) return;
    isOpen = false;
    onLost(thrown === undefined ? ended(client, project) : dockerProblem(thrown, client, doing));
  };
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() as string;
    for (const line of lines) if (isOpen && line.trim() !== "") onEvent(parse(line));
  });
  stream.once("end", () => lose());
  stream.once("close", () => lose());
  stream.on("error", lose);
  return {
    close: () => {
      isOpen = false;
      (stream as unknown as { destroy(): void }).destroy();
    },
  };
}

function ended({ endpoint }: DockerClient, project: string): AegisError {
  return new AegisError(
    "ENVIRONMENT",
    `the Docker daemon at ${endpoint} went away while project ${project} was watched`,
    { hint: "was it restarted? `docker info` says whether it is back" },
  );
}

interface WireEvent {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: DockerEvent["attributes"] };
  readonly timeNano: number;
}

/** Nanoseconds since the epoch are no exact numbers in JavaScript, but good to a µs. */
function parse(line: string): DockerEvent {
  const { Action, Actor, timeNano } = JSON.parse(line) as WireEvent;
  const at = Math.floor(timeNano / 1000);
  return { action: Action, id: Actor.ID, at, attributes: Actor.Attributes };
}
