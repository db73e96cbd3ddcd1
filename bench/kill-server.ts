import { appendFileSync } from "node:fs";
import { createServer } from "node:http";

/** A server that stands ready and listens when it is told to, by a line on stdin. */
export interface ServerJob {
  readonly port: number;
  readonly logFile: string;
}

/**
 * The entry of the process that is killed. Starting a Node process takes longer, and varies more, than an outage may be
 * wrong: so it is started beforehand, says `ready`, and only listens when it should.
 */
export function runKillServer({ port, logFile }: ServerJob): void {
  const note = (event: string): void => appendFileSync(logFile, `${event} ${nowUs()}\n`);
  const server = createServer((_, response) => response.end("alive\n"));
  process.stdin.once("data", () => {
    note("asking");
    server.listen({ port, host: "127.0.0.1", backlog: 4096 }, () => {
      note("listening");
      process.stdout.write("listening\n");
    });
  });
  process.stdin.once("end", () => process.exit(0));
  process.stdout.write("ready\n");
}

/** Of each life: just before it asked the system to listen, and just after (µs on the machine's monotonic clock). */
export function listensOf(text: string): { readonly from: number; readonly to: number }[] {
  const lines = text.split("\n").map((line) => line.split(" "));
  const timesOf = (event: string): number[] =>
    lines.filter(([name]) => name === event).map(([, at]) => Number(at));
  const asked = timesOf("asking");
  return timesOf("listening").map((to, life) => ({ from: asked[life] ?? to, to }));
}

function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}
