import type { Dispatcher } from "undici";
import type { ErrorClass } from "../model/assertion.ts";
import type { Expect } from "../model/plan.ts";
import { classifyExchange, codeOf, isConnectionLoss } from "./classify.ts";
import { nowUs } from "./clock.ts";
import type { Connection } from "./connection.ts";

/** How a request ended. `dropped`: our own machine could not send it, which is no failure of the target. */
export type Ending = "ok" | ErrorClass | "dropped";

/** What all requests of one traffic have in common. */
export interface ExchangeRules {
  readonly expect: Expect;
  /** µs from due. */
  readonly timeout: number;
  /** Response headers, lower case, that name who answered. */
  readonly identify: { readonly replica: string | null; readonly version: string | null };
  /** Called once per exchange, when it has ended. */
  readonly onSettled: (exchange: Exchange) => void;
  /** Of the self-test's mutant that starts the clock with the write instead of the due time. */
  readonly clockFromWrite: boolean;
  /** The connection died before anything was written: the request may go on another one. */
  readonly onReturned: (exchange: Exchange) => void;
}

/**
 * One request from its due time to its end. It is itself the handler that undici calls: the callback style, which
 * costs no promise and no stream. After the end every further call is ignored.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly n: number;
  readonly due: number;
  readonly fresh: boolean;
  /** When the scheduler handed it over (µs). */
  readonly sentAt: number;
  /** When it got a connection, or one was being opened for it: until then only we kept it waiting. */
  releasedAt: number | null = null;
  connection: Connection | null = null;
  /** It had to wait because the tester may open no more sockets: a timeout is then not the target's. */
  starved = false;
  ending: Ending | null = null;
  endedAt = 0;
  status: number | null = null;
  replica: string | null = null;
  version: string | null = null;
  detail = "";
  readonly #rules: ExchangeRules;
  #written = false;
  #writtenAt = 0;
  #answering = false;
  #bodySeen = false;
  #bodyTail: Buffer | null = null;

  constructor(rules: ExchangeRules, n: number, due: number, sentAt: number, fresh: boolean) {
    this.#rules = rules;
    this.n = n;
    this.due = due;
    this.sentAt = sentAt;
    this.fresh = fresh;
  }

  get deadline(): number {
    return this.due + this.#rules.timeout;
  }

  /** Is it on the wire with no byte of its answer seen? */
  get waiting(): boolean {
    return this.#written && !this.#answering && this.ending === null;
  }

  /** µs of latency: from due to the end. */
  get took(): number {
    return this.endedAt - (this.#rules.clockFromWrite ? this.#writtenAt : this.due);
  }

  /** µs from due until the tester had done its part. */
  get lateness(): number {
    return (this.releasedAt ?? this.endedAt) - this.due;
  }

  settle(ending: Ending, detail: string, at: number = nowUs()): void {
    if (this.ending !== null) return;
    // An answer read after the deadline is a timeout, however the timers fell.
    const late = ending !== "dropped" && at > this.deadline;
    this.detail = late && ending === "ok" ? "the answer came after the deadline" : detail;
    this.ending = late ? "timeout" : ending;
    if (this.ending === "timeout" && this.starved) this.ending = "dropped";
    this.endedAt = at;
    this.#bodyTail = null;
    this.#rules.onSettled(this);
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.ending !== null) abort();
    this.#written = true;
    if (this.#rules.clockFromWrite) this.#writtenAt = nowUs();
  }

  onResponseStarted(): void {
    this.#answering = true;
  }

  onHeaders(status: number, headers: Buffer[]): boolean {
    this.#answering = true;
    if (status < 200) return true;
    this.status = status;
    const { replica, version } = this.#rules.identify;
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const name = headers[i] as Buffer;
      if (replica !== null && isNamed(name, replica)) this.replica = textOf(headers[i + 1]);
      else if (version !== null && isNamed(name, version)) this.version = textOf(headers[i + 1]);
    }
    return true;
  }

  onData(chunk: Buffer): boolean {
    const wanted = this.#rules.expect.body;
    if (wanted !== null && !this.#bodySeen) this.#search(wanted, chunk);
    return true;
  }

  onComplete(): void {
    const connection = this.connection;
    const problem = this.#problem();
    this.settle(problem ?? "ok", problem === null ? "" : this.#explain(problem));
    connection?.completed();
  }

  onError(error: Error): void {
    const connection = this.connection;
    this.connection = null;
    connection?.destroy();
    if (this.ending !== null) return;
    if (!this.#written && !this.fresh && isConnectionLoss(error)) {
      this.#rules.onReturned(this);
      return;
    }
    const circumstances = {
      answering: this.#answering,
      served: connection?.served ?? 0,
      closedBefore: connection?.closedBefore ?? false,
    };
    // A wrong status is definite, whatever became of the body.
    const wrongStatus = this.status !== null && !this.#accepts(this.status);
    if (wrongStatus) this.settle("status", this.#explain("status"));
    else this.settle(classifyExchange(error, circumstances), describe(error));
  }

  #problem(): "status" | "body" | null {
    if (this.status === null || !this.#accepts(this.status)) return "status";
    const wanted = this.#rules.expect.body;
    return wanted === null || wanted === "" || this.#bodySeen ? null : "body";
  }

  #accepts(status: number): boolean {
    return this.#rules.expect.status.some(({ from, to }) => from <= status && status <= to);
  }

  #explain(problem: "status" | "body"): string {
    return problem === "status"
      ? `status ${this.status}`
      : `status ${this.status}, but the body lacks "${this.#rules.expect.body}"`;
  }

  /** Looks across chunks with no more memory than the wanted text takes. */
  #search(wanted: string, chunk: Buffer): void {
    const window = this.#bodyTail === null ? chunk : Buffer.concat([this.#bodyTail, chunk]);
    this.#bodySeen = window.includes(wanted);
    const keep = Buffer.byteLength(wanted) - 1;
    this.#bodyTail = Buffer.from(keep > 0 ? window.subarray(-keep) : "");
  }
}

/** An error in few words: its code and message. */
export function describe(error: unknown): string {
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return message.includes(code) ? message : `${code} ${message}`;
}

/** Header names are few and short: compared byte by byte, without making strings. */
function isNamed(name: Buffer, wanted: string): boolean {
  if (name.length !== wanted.length) return false;
  for (let i = 0; i < name.length; i++) {
    const byte = name[i] as number;
    const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte;
    if (lower !== wanted.charCodeAt(i)) return false;
  }
  return true;
}

function textOf(value: Buffer | undefined): string {
  return value === undefined ? "" : value.toString("latin1", 0, 128);
}
