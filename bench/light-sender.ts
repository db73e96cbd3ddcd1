import { connect, type Socket } from "node:net";
import { quantile } from "./figures.ts";

/** What a light sender is to do, and later what it saw. */
export interface SenderJob {
  readonly host: string;
  readonly port: number;
  /** Per second. */
  readonly rate: number;
  readonly seconds: number;
}

export interface SenderResult {
  readonly sent: number;
  readonly failed: number;
  /** From written to answered, ms: its own lateness is not the stack's. */
  readonly p50: number;
  readonly p99: number;
}

const END_OF_HEAD = "\r\n\r\n";

/**
 * The entry of a process that sends GETs of `/` with as little of its own as possible, and has nothing in common with
 * aegis' tester: bare sockets, one request at a time on each, as many sockets as it takes. Prints its result.
 */
export async function runLightSender(job: SenderJob): Promise<void> {
  const free: Exchange[] = [];
  const took: number[] = [];
  let sent = 0;
  let failed = 0;
  const began = performance.now();
  const send = (): void => {
    sent += 1;
    const exchange = free.pop() ?? new Exchange(job);
    exchange.ask((ms) => {
      if (ms === null) failed += 1;
      else {
        took.push(ms);
        free.push(exchange);
      }
    });
  };
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = (performance.now() - began) / 1000;
      while (sent < Math.min(elapsed, job.seconds) * job.rate) send();
      if (elapsed < job.seconds) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const result = { sent, failed, p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
  process.stdout.write(`${JSON.stringify(result satisfies SenderResult)}\n`, () => process.exit(0));
}

/** One socket: writes a request, reads an answer with a content-length. */
class Exchange {
  readonly #socket: Socket;
  readonly #request: string;
  #text = "";
  #writtenAt = 0;
  #done: (ms: number | null) => void = () => undefined;

  constructor({ host, port }: SenderJob) {
    this.#request = `GET / HTTP/1.1\r\nhost: ${host}:${port}${END_OF_HEAD}`;
    this.#socket = connect({ host, port, noDelay: true });
    this.#socket.setEncoding("latin1");
    this.#socket.on("data", (chunk) => this.#read(String(chunk)));
    this.#socket.on("error", () => undefined);
    this.#socket.on("close", () => this.#end(null));
  }

  ask(done: (ms: number | null) => void): void {
    this.#done = done;
    this.#writtenAt = performance.now();
    this.#socket.write(this.#request);
  }

  #read(chunk: string): void {
    this.#text += chunk;
    const head = this.#text.indexOf(END_OF_HEAD);
    if (head < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(this.#text)?.[1];
    if (this.#text.length < head + END_OF_HEAD.length + Number(length ?? 0)) return;
    const ok = this.#text.startsWith("HTTP/1.1 200");
    this.#text = "";
    this.#end(ok ? performance.now() - this.#writtenAt : null);
  }

  #end(ms: number | null): void {
    const done = this.#done;
    this.#done = () => undefined;
    done(ms);
  }
}
