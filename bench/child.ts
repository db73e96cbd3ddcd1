import { fileURLToPath } from "node:url";
import { type Running, start } from "./command.ts";
import type { ServerJob } from "./kill-server.ts";
import type { SenderJob, SenderResult } from "./light-sender.ts";
import { pinned } from "./machine.ts";
import type { TesterJob, TesterResult } from "./tester-process.ts";

/** First argument of the processes that the benchmark starts of itself. */
export const CHILD = "--child";
export type ChildName = "tester" | "sender" | "server";

const MAIN = fileURLToPath(new URL("main.js", import.meta.url));

/** A tester on core 1 that is running. */
export interface TesterRun {
  readonly running: Running;
  /** Due time of the first request, µs on the machine's monotonic clock. */
  readonly start: number;
  readonly result: Promise<TesterResult>;
}

/** Starts a tester in a process of its own; resolves when its schedule has begun. */
export async function startTester(job: TesterJob): Promise<TesterRun> {
  const running = start(pinned(1, command("tester", job)));
  const { start: first } = JSON.parse(await running.firstLine) as { start: number };
  const result = running.ended.then(({ code, stdout, stderr }) => {
    if (code !== 0) throw new Error(`the tester's process ended with ${code}: ${stderr}`);
    return JSON.parse(stdout.trim().split("\n").at(-1) as string) as TesterResult;
  });
  result.catch(() => undefined);
  return { running, start: first, result };
}

/** Starts a light sender, on whatever core is free. */
export function startSender(job: SenderJob): {
  readonly running: Running;
  readonly result: Promise<SenderResult>;
} {
  const running = start(command("sender", job));
  const result = running.firstLine.then((line) => JSON.parse(line) as SenderResult);
  result.catch(() => undefined);
  return { running, result };
}

/** A server on core 0 that is to be killed. */
export interface ServerRun {
  readonly running: Running;
  /** Tells it to listen. */
  listen(): void;
  readonly listening: Promise<void>;
}

/** Starts a server; resolves when it could listen, as soon as it is told to. */
export async function startServer(job: ServerJob): Promise<ServerRun> {
  const running = start(pinned(0, command("server", job)), { stdin: "pipe" });
  const { stdin, stdout } = running.child;
  const listening = new Promise<void>((resolve) => {
    stdout?.on("data", (text: string) => {
      if (text.includes("listening")) resolve();
    });
  });
  await running.firstLine;
  return { running, listen: () => stdin?.write("listen\n"), listening };
}

function command(name: ChildName, job: object): readonly string[] {
  return [process.execPath, MAIN, CHILD, name, JSON.stringify(job)];
}
