import { classifyConnect, isOwnFault } from "./classify.ts";
import { nowUs } from "./clock.ts";
import { Connection, type ConnectionOwner, type Target } from "./connection.ts";
import { describe, type Exchange } from "./exchange.ts";
import { Fifo } from "./fifo.ts";
import type { RequestTemplate } from "./template.ts";

export interface PoolOptions {
  readonly target: Target;
  readonly template: RequestTemplate;
  /** Connections kept ready beyond those in use. */
  readonly reserve: number;
  readonly maxSockets: number;
  /** µs after which an attempt to connect is given up. */
  readonly connectTimeout: number;
}

/** After a failed attempt the reserve is not refilled for this long; requests still make their own attempts. */
const PAUSE_US = 100_000;
const SHRINK_EVERY_US = 1_000_000;
/** Attempts per tick with nothing open, and otherwise: opening sockets must not stall the loop it is to relieve. */
const ATTEMPTS_PER_TICK = 100;
const REFILL_PER_TICK = 16;
/**
 * Opened at most without an answer from anybody. A peer that is frozen as a whole is not helped by more connections,
 * but its accept queue (100 in Tomcat, 511 in nginx and Node) would overflow, and whatever is beyond comes to life seconds after it.
 */
const OPENED_UNANSWERED = 64;

/**
 * Kept-alive connections fed by one queue: whichever connection is free first takes the oldest request. So a request
 * is never tied to a socket that is stuck or still connecting, and a peer that freezes some sockets holds up only
 * what is on them. Free connections are used in turn, so that none idles into the peer's timeout.
 */
export class Pool implements ConnectionOwner {
  readonly #options: PoolOptions;
  readonly #free = new Fifo<Connection>();
  readonly #queue = new Fifo<Exchange>();
  readonly #all = new Set<Connection>();
  readonly #connecting = new Set<Connection>();
  #busy = 0;
  #attempts = ATTEMPTS_PER_TICK;
  #openedUnanswered = 0;
  #failedAt = Number.NEGATIVE_INFINITY;
  /** When a request last had to wait though no further socket may be opened. */
  #starvedAt = Number.NEGATIVE_INFINITY;
  #leastFree = Number.POSITIVE_INFINITY;
  #shrunkAt = 0;
  #draining = false;
  #closed = false;
  opened = 0;
  failed = 0;
  most = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get connecting(): number {
    return this.#connecting.size;
  }

  /** Connections that could take a request now. */
  get free(): number {
    return this.#all.size - this.#connecting.size - this.#busy;
  }

  send(exchange: Exchange): void {
    const connection = this.#takeFree();
    if (connection !== undefined) {
      this.#give(connection, exchange);
      return;
    }
    this.#queue.push(exchange);
    if (this.#full) this.#starvedAt = exchange.sentAt;
    this.#openForQueue();
  }

  /** Nothing of it was written: it goes first. */
  takeBack(exchange: Exchange): void {
    this.#queue.unshift(exchange);
    this.#scheduleDrain();
  }

  /** Whoever leaves the queue: did the limit of sockets keep it waiting? */
  judge(exchange: Exchange): void {
    if (this.#starvedAt >= exchange.sentAt) exchange.starved = true;
  }

  /** Every few milliseconds: refills the reserve, gives up attempts that take too long. */
  tick(now: number): void {
    this.#attempts = ATTEMPTS_PER_TICK;
    for (const connection of this.#connecting) {
      if (connection.openedAt + this.#options.connectTimeout > now) break;
      this.#forget(connection);
      this.failed += 1;
      connection.destroy();
    }
    this.#openForQueue();
    if (this.#full && this.#queue.length > 0) this.#starvedAt = now;
    if (now - this.#failedAt >= PAUSE_US && this.free <= this.#options.reserve / 2) {
      this.refill(REFILL_PER_TICK);
    }
    this.#shrink(now);
  }

  /** Opens up to `limit` connections for what waits and until the reserve is complete. */
  refill(limit: number): void {
    const wanted = this.#queue.length + this.#options.reserve;
    const missing = wanted - this.free - this.#connecting.size;
    const sensible = this.#busy === 0 ? limit : OPENED_UNANSWERED - this.#openedUnanswered;
    for (let i = 0; i < Math.min(missing, limit, sensible); i++) this.#open();
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#all) connection.destroy();
  }

  onOpen(connection: Connection): void {
    this.#connecting.delete(connection);
    this.#failedAt = Number.NEGATIVE_INFINITY;
    this.opened += 1;
    this.onFree(connection, false);
  }

  onFailed(connection: Connection, error: Error): void {
    this.#forget(connection);
    this.failed += 1;
    this.#failedAt = nowUs();
    this.#skipEnded();
    const ending = isOwnFault(error) ? "dropped" : classifyConnect(error);
    // One each; only when there are more requests than may try at a time does an attempt speak for several.
    const share = Math.ceil(this.#queue.length / (this.#connecting.size + 1));
    for (let i = 0; i < share; i++) this.#queue.shift()?.settle(ending, describe(error));
  }

  onFree(connection: Connection, wasBusy = true): void {
    if (wasBusy) {
      this.#busy -= 1;
      this.#openedUnanswered = 0;
    }
    this.#free.push(connection);
    if (this.#queue.length > 0) this.#scheduleDrain();
  }

  onClosed(connection: Connection, busy: boolean): void {
    if (busy) this.#busy -= 1;
    this.#forget(connection);
  }

  get #full(): boolean {
    return this.#all.size >= this.#options.maxSockets;
  }

  #give(connection: Connection, exchange: Exchange): void {
    this.#busy += 1;
    connection.send(exchange, this.#options.template);
  }

  /** What was free all the second long, beyond the reserve, is left over from a busier time. */
  #shrink(now: number): void {
    this.#leastFree = Math.min(this.#leastFree, this.free);
    if (now - this.#shrunkAt < SHRINK_EVERY_US) return;
    const spare = this.#leastFree - this.#options.reserve;
    for (let i = 0; i < spare; i++) this.#takeFree()?.destroy();
    this.#shrunkAt = now;
    this.#leastFree = Number.POSITIVE_INFINITY;
  }

  #takeFree(): Connection | undefined {
    for (;;) {
      const connection = this.#free.shift();
      if (connection === undefined || connection.usable) return connection;
    }
  }

  /** Later: in the middle of an answer the library still has to decide whether the socket lives on. */
  #scheduleDrain(): void {
    if (this.#draining) return;
    this.#draining = true;
    queueMicrotask(() => {
      this.#draining = false;
      this.#drain();
    });
  }

  #drain(): void {
    for (;;) {
      this.#skipEnded();
      if (this.#queue.length === 0) return;
      const connection = this.#takeFree();
      if (connection === undefined) break;
      const exchange = this.#queue.shift() as Exchange;
      this.judge(exchange);
      this.#give(connection, exchange);
    }
    this.#openForQueue();
  }

  /** Those at their deadline have ended while they waited. */
  #skipEnded(): void {
    while (this.#queue.length > 0 && this.#queue.peek()?.ending !== null) this.#queue.shift();
  }

  /** With nothing open, each request makes its own attempt at once; else whatever is busy may serve it sooner. */
  #openForQueue(): void {
    this.#skipEnded();
    if (this.#busy > 0) return;
    const missing = this.#queue.length - this.#connecting.size;
    for (let i = 0; i < missing && this.#attempts > 0; i++) {
      this.#attempts -= 1;
      if (!this.#open()) return;
    }
  }

  #open(): boolean {
    if (this.#full || this.#closed) return false;
    const connection = new Connection(this.#options.target, this);
    this.#all.add(connection);
    this.#connecting.add(connection);
    this.#openedUnanswered += 1;
    this.most = Math.max(this.most, this.#all.size);
    return true;
  }

  #forget(connection: Connection): void {
    this.#all.delete(connection);
    this.#connecting.delete(connection);
  }
}
