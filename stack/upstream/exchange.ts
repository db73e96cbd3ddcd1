import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { afterAwake } from "../../src/kit/awake.ts";
import { type ForwardedBody, hasBody, noBody, readBody } from "./body.ts";
import { type Connections, failureWord, isWholeAfterAll } from "./connections.ts";
import { forwardedHeaders, returnedHeaders } from "./headers.ts";
import { isRepeatable, mayRepeat } from "./repeat.ts";
import type { Roster, Seat } from "./roster.ts";
import type { UpstreamSettings } from "./settings.ts";

/** What an exchange needs of the upstream it belongs to. */
export interface Surroundings {
  readonly roster: Roster<Connections>;
  readonly settings: UpstreamSettings;
  readonly counters: { retries: number };
  /** A member failed: out of the rotation, and a health check at once. */
  takeOut(seat: Seat<Connections>): void;
}

/**
 * One request of a client and its tries on members. A try that fails is repeated on the next member when that is
 * safe; one that stays silent for TRY_TIMEOUT_MS gets company, and the first answer wins, so that neither a frozen
 * member stalls a request nor a slow answer is thrown away.
 */
export class Exchange {
  readonly #upstream: Surroundings;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #repeatable: boolean;
  readonly #tried: Seat<Connections>[] = [];
  readonly #reasons: string[] = [];
  #body: ForwardedBody = noBody();
  #headers: string[] = [];
  #open: Try[] = [];
  #winner: Try | undefined;
  #over = false;
  /** Calls the waiting for an answer off. */
  #stopWaiting: () => void = () => undefined;
  #deadline = 0;

  constructor(upstream: Surroundings, request: IncomingMessage, response: ServerResponse) {
    this.#upstream = upstream;
    this.#request = request;
    this.#response = response;
    this.#repeatable = isRepeatable(request.method as string);
  }

  start(): void {
    this.#response.once("close", () => this.#end());
    if (!(this.#request.url as string).startsWith("/")) {
      this.#refuse(400, "the request target must start with a slash");
      return;
    }
    if (!hasBody(this.#request)) {
      this.#send(noBody());
      return;
    }
    readBody(this.#request).then(
      (body) => this.#send(body),
      () => this.#response.destroy(),
    );
  }

  /** The head of an answer came. False: another try was faster, drop this one. */
  answer(winner: Try, status: number, headers: IncomingHttpHeaders): boolean {
    if (this.#over) return false;
    this.#winner = winner;
    this.#over = true;
    this.#stopWaiting();
    for (const other of this.#open) if (other !== winner) other.abort();
    this.#response.writeHead(status, {
      ...returnedHeaders(headers),
      "x-aegis-upstream": winner.seat.member.name,
      "x-aegis-retries": String(this.#tried.length - 1),
    });
    return true;
  }

  failed(failure: Try, error: unknown): void {
    if (failure === this.#winner) {
      if (isWholeAfterAll(this.#response.statusCode, error)) {
        this.#response.end();
        return;
      }
      // The head is out already: cutting the connection is the only way left to say that the body is not whole.
      this.#response.destroy();
      return;
    }
    if (this.#over) return;
    this.#open = this.#open.filter((other) => other !== failure);
    const word = failureWord(error);
    if (word === "UND_ERR_INVALID_ARG") {
      this.#refuse(400, "the request cannot be forwarded");
      return;
    }
    this.#blame(failure.seat, word);
    const again = mayRepeat({
      method: this.#request.method as string,
      sent: failure.sent,
      bodyKept: this.#body.kept,
    });
    if (this.#upstream.settings.failover && again && this.#tryNext()) return;
    if (this.#open.length === 0) this.#refuse(502, this.#reasons.join(", "));
  }

  #send(body: ForwardedBody): void {
    if (this.#over) return;
    const { headers, rawHeaders, socket } = this.#request;
    this.#body = body;
    this.#headers = forwardedHeaders(
      rawHeaders,
      { connection: headers.connection, address: socket.remoteAddress },
      { keepLength: !body.kept },
    );
    this.#deadline = performance.now() + this.#upstream.settings.responseTimeoutMs;
    if (!this.#tryNext()) this.#refuse(502, "no members");
  }

  #tryNext(): boolean {
    const seat = this.#upstream.roster.pick(this.#tried);
    if (seat === undefined) return false;
    if (this.#tried.length > 0) this.#upstream.counters.retries += 1;
    this.#tried.push(seat);
    seat.tries += 1;
    const attempt = new Try(this, seat, this.#response);
    this.#open.push(attempt);
    this.#arm();
    const { kept, fresh } = seat.connections;
    (this.#repeatable ? kept : fresh).dispatch(
      {
        path: this.#request.url as string,
        method: this.#request.method as Dispatcher.HttpMethod,
        headers: this.#headers,
        body: this.#body.send(),
      },
      attempt,
    );
    return true;
  }

  #arm(): void {
    this.#stopWaiting();
    const { tryTimeoutMs } = this.#upstream.settings;
    const left = Math.max(0, this.#deadline - performance.now());
    this.#wait(this.#isPatient() ? left : Math.min(tryTimeoutMs, left));
  }

  /** Our own sleep is no silence of theirs. */
  #wait(ms: number): void {
    this.#stopWaiting = afterAwake(ms, () => this.#onSilence());
  }

  /** Has its first try all the time there is: it may not get company. */
  #isPatient(): boolean {
    return !(this.#upstream.settings.failover && this.#repeatable && this.#body.kept);
  }

  #onSilence(): void {
    if (this.#isPatient() || performance.now() >= this.#deadline - 1) {
      for (const { seat } of this.#open) this.#reasons.push(`${seat.member.name}: timeout`);
      this.#refuse(504, this.#reasons.join(", "));
      return;
    }
    const silent = this.#open.at(-1);
    if (silent !== undefined && this.#tried.at(-1) === silent.seat) {
      this.#blame(silent.seat, "timeout");
    }
    if (!this.#tryNext()) {
      const left = Math.max(0, this.#deadline - performance.now());
      this.#wait(left);
    }
  }

  #blame(seat: Seat<Connections>, word: string): void {
    this.#reasons.push(`${seat.member.name}: ${word}`);
    seat.failures.set(word, (seat.failures.get(word) ?? 0) + 1);
    this.#upstream.takeOut(seat);
  }

  #refuse(status: number, reason: string): void {
    const retries = String(Math.max(0, this.#tried.length - 1));
    this.#end();
    this.#response.writeHead(status, {
      "content-type": "text/plain; charset=utf-8",
      "x-aegis-retries": retries,
    });
    this.#response.end(`${reason}\n`);
  }

  /** Whatever still runs is not wanted any more. */
  #end(): void {
    this.#over = true;
    this.#stopWaiting();
    if (this.#response.writableFinished) return;
    for (const attempt of this.#open) attempt.abort();
  }
}

/** One try on one member: what undici tells about it. */
class Try implements Dispatcher.DispatchHandler {
  readonly seat: Seat<Connections>;
  readonly #exchange: Exchange;
  readonly #response: ServerResponse;
  #controller: Dispatcher.DispatchController | undefined;
  #unwanted = false;

  constructor(exchange: Exchange, seat: Seat<Connections>, response: ServerResponse) {
    this.#exchange = exchange;
    this.seat = seat;
    this.#response = response;
  }

  /** undici starts a request only on an established connection: before that nothing was sent. */
  get sent(): boolean {
    return this.#controller !== undefined;
  }

  abort(): void {
    this.#unwanted = true;
    this.#controller?.abort(new Error("no longer wanted"));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#unwanted) this.abort();
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    if (!this.#exchange.answer(this, status, headers)) {
      this.abort();
      return;
    }
    this.#response.on("drain", () => controller.resume());
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#response.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#response.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#exchange.failed(this, error);
  }
}
