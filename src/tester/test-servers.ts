import { createServer as createHttp, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ErrorClass } from "../model/assertion.ts";
import type { TesterTraffic } from "./contract.ts";
import { localTraffic, ofType, type Trial, trial } from "./trial.ts";

/** On a machine that stands still some tries say nothing of the tester; a wrong tester fails them all. */
export const TRIES = { retry: 2 };

/** The emitted code that the tester's threads run. */
export const dist = join(import.meta.dirname, "..", "..", "dist");

/** Listens on a free port of loopback; closes with its connections at `using`'s end. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return (server.address() as AddressInfo).port;
}

/** An HTTP server on a free port. */
export function httpServer(listener: RequestListener): Promise<number> {
  return listen(createHttp(listener));
}

/** A server that does what it likes with each piece it is sent: the `nth` on its connection, the connection's number. */
export function tcpServer(
  onData: (socket: Socket, nth: number, connection: number) => void,
): Promise<number> {
  let connections = 0;
  const server = createTcp((socket) => {
    const connection = connections++;
    let nth = 0;
    socket.on("error", () => undefined);
    socket.on("data", () => onData(socket, ++nth, connection));
  });
  return listen(server);
}

/** A complete answer of HTTP/1.1. */
export function answer(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

export interface Outcome extends Trial {
  readonly sent: number;
  readonly ok: number;
  readonly dropped: number;
  readonly errors: Partial<Record<ErrorClass, number>>;
}

/** Sends to a port for a while and adds up what came of it. */
export async function sendTo(
  port: number,
  changes: Partial<TesterTraffic> = {},
  { ms = 250, secrets = [] }: { ms?: number; secrets?: readonly string[] } = {},
): Promise<Outcome> {
  const traffic = [localTraffic(port, { rate: 50, timeoutMs: 5000, ...changes })];
  const result = await trial({ dist, traffic, secrets, play: () => sleep(ms) });
  return { ...result, ...totals(result) };
}

/** The sums over all buckets. */
export function totals(result: Pick<Trial, "records">) {
  const buckets = ofType(result, "bucket");
  const errors: Partial<Record<ErrorClass, number>> = {};
  for (const [name, count] of buckets.flatMap((bucket) => Object.entries(bucket.errors))) {
    errors[name as ErrorClass] = (errors[name as ErrorClass] ?? 0) + count;
  }
  const sum = (what: "sent" | "ok" | "dropped") =>
    buckets.reduce((total, bucket) => total + bucket[what], 0);
  return { sent: sum("sent"), ok: sum("ok"), dropped: sum("dropped"), errors };
}
