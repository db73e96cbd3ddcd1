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
/** Attempts per tick while nothing is answered, and otherwise: opening sockets must not stall the loop it is to relieve. */
const ATTEMPTS_PER_TICK = 100;
const REFILL_PER_TICK = 16;
/** Shorter silences are hiccups: whatever is busy will serve what waits sooner than many new connections would. */
const SILENT_US = 50_000;
/**
 * An attempt that one made so much later has overtaken is lost: the accept queue of a peer that was frozen (100 in Tomcat,
 * 511 in nginx and Node) had no room for it. TCP repeats it after seconds; a new one gets through at once.
 */
const OVERTAKEN_US = 300_000;

/**
 * Kept-alive connections fed by one queue: whichever connection is free first takes the oldest request. So a request
 * is never tied to a socket that is stuck or still connecting, and a peer that freezes some sockets holds up only
 * what is on them. Free connections are used in turn, so that none idles into the peer's timeout.
 *
 * A connection that is new takes the newest request: after a silence the oldest have too little time left for a slow
 * answer, and served first, one after the other, they would keep all that follow from being answered.
 *
 * There are as many connections as requests in flight. Whether a peer that answers nobody is slow or frozen cannot be
 * seen from here, and to hold requests back from a slow one would be to measure ourselves.
 */
export class Pool implements ConnectionOwner {
  readonly #options: PoolOptions;
  readonly #free = new Fifo<Connection>();
  readonly #queue = new Fifo<Exchange>();
  /** How many of the queue, from its front, have had an attempt to connect made for them. */
  #attempted = 0;
  readonly #all = new Set<Connection>();
  readonly #connecting = new Set<Connection>();
  #busy = 0;
  #attempts = ATTEMPTS_PER_TICK;
  /** Since the last tick. */
  #answered = false;
  #answeredAt = Number.NEGATIVE_INFINITY;
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
      exchange.releasedAt = exchange.sentAt;
      this.#give(connection, exchange);
      return;
    }
    this.#queue.push(exchange);
    if (this.#full) this.#starvedAt = exchange.sentAt;
    this.#openForQueue();
    this.#noteAttempts();
  }

  /** Nothing of it was written: it goes first. */
  takeBack(exchange: Exchange): void {
    this.#queue.unshift(exchange);
    this.#attempted += 1;
    this.#scheduleDrain();
  }

  /** Whoever leaves the queue: did the limit of sockets keep it waiting? */
  judge(exchange: Exchange): void {
    if (this.#starvedAt >= exchange.sentAt) exchange.starved = true;
  }

  /** Every few milliseconds: refills the reserve, gives up attempts that take too long. */
  tick(now: number): void {
    this.#attempts = ATTEMPTS_PER_TICK;
    this.#giveUpBefore(now - this.#options.connectTimeout);
    this.#openForQueue();
    if (this.#full && this.#queue.length > 0) this.#starvedAt = now;
    if (this.#answered) this.#answeredAt = now;
    this.#answered = false;
    if (now - this.#failedAt >= PAUSE_US && this.free <= this.#options.reserve / 2) {
      this.refill(now - this.#answeredAt < SILENT_US ? REFILL_PER_TICK : ATTEMPTS_PER_TICK);
    }
    this.#noteAttempts();
    this.#shrink(now);
  }

  /** Opens up to `limit` connections for what waits and until the reserve is complete. */
  refill(limit: number): void {
    const wanted = this.#queue.length + this.#options.reserve;
    const missing = wanted - this.free - this.#connecting.size;
    for (let i = 0; i < Math.min(missing, limit); i++) this.#open();
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#all) connection.destroy();
  }

  onOpen(connection: Connection): void {
    this.#connecting.delete(connection);
    this.#failedAt = Number.NEGATIVE_INFINITY;
    this.opened += 1;
    this.#giveUpBefore(connection.openedAt - OVERTAKEN_US);
    const exchange = this.#newest();
    if (exchange === undefined) {
      this.#free.push(connection);
      return;
    }
    this.judge(exchange);
    this.#give(connection, exchange);
  }

  onFailed(connection: Connection, error: Error): void {
    this.#forget(connection);
    this.failed += 1;
    this.#failedAt = nowUs();
    this.#skipEnded();
    const ending = isOwnFault(error) ? "dropped" : classifyConnect(error);
    // One each; only when there are more requests than may try at a time does an attempt speak for several.
    const share = Math.ceil(this.#queue.length / (this.#connecting.size + 1));
    for (let i = 0; i < share; i++) this.#shift()?.settle(ending, describe(error));
  }

  onFree(connection: Connection): void {
    this.#busy -= 1;
    this.#answered = true;
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
    exchange.releasedAt ??= nowUs();
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
      const exchange = this.#shift() as Exchange;
      this.judge(exchange);
      this.#give(connection, exchange);
    }
    this.#openForQueue();
  }

  /** Those at their deadline have ended while they waited. */
  #skipEnded(): void {
    while (this.#queue.length > 0 && this.#queue.peek()?.ending !== null) this.#shift();
  }

  #shift(): Exchange | undefined {
    this.#attempted = Math.max(0, this.#attempted - 1);
    return this.#queue.shift();
  }

  #newest(): Exchange | undefined {
    for (;;) {
      const exchange = this.#queue.pop();
      this.#attempted = Math.min(this.#attempted, this.#queue.length);
      if (exchange === undefined || exchange.ending === null) return exchange;
    }
  }

  /** From now on it is the peer who keeps those waiting for whom an attempt to connect is under way. */
  #noteAttempts(): void {
    const most = Math.min(this.#queue.length, this.#connecting.size);
    if (this.#attempted >= most) return;
    const now = nowUs();
    for (; this.#attempted < most; this.#attempted++) {
      const exchange = this.#queue.at(this.#attempted) as Exchange;
      exchange.releasedAt ??= now;
    }
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
    this.most = Math.max(this.most, this.#all.size);
    return true;
  }

  /** Attempts begun by then, of which nothing has come. */
  #giveUpBefore(begun: number): void {
    for (const connection of this.#connecting) {
      if (connection.openedAt > begun) break;
      this.#forget(connection);
      this.failed += 1;
      connection.destroy();
    }
  }

  #forget(connection: Connection): void {
    this.#all.delete(connection);
    this.#connecting.delete(connection);
  }
}
