import { classifyConnect, isOwnFault } from "./classify.ts";
import { nowUs } from "./clock.ts";
import { Connection, type Target } from "./connection.ts";
import type { SettledRequest, TesterRecord, TesterTraffic } from "./contract.ts";
import { describe, Exchange, type ExchangeRules } from "./exchange.ts";
import { Fifo } from "./fifo.ts";
import { testerNote } from "./health.ts";
import type { Mutant } from "./messages.ts";
import { Pacer } from "./pacer.ts";
import { Pool } from "./pool.ts";
import { Recorder } from "./recorder.ts";
import type { RequestTemplate } from "./template.ts";

export interface LaneOptions {
  readonly traffic: TesterTraffic;
  readonly target: Target;
  readonly template: RequestTemplate;
  /** World clock (µs) of the run's start. */
  readonly epoch: number;
  readonly maxSockets: number;
  readonly bySource: boolean;
  readonly mutant: Mutant | null;
  readonly mask: (text: string) => string;
  readonly emit: (record: TesterRecord) => void;
  readonly onRequest: ((request: SettledRequest) => void) | null;
}

/** Sends handed over before the answers get a turn: a backlog after a stall must not starve what is in flight. */
const SENDS_PER_TURN = 256;
const LEAST_IN_FLIGHT = 64;
/** Deadlines are kept to this. */
const GRAIN_US = 50_000;
const MOST_IN_FLIGHT = 100_000;
const MOST_RESERVE = 64;

/** One traffic: its schedule, its requests in flight with their deadlines, its connections and its records. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #rules: ExchangeRules;
  readonly #pool: Pool;
  readonly #cap: number;
  /** In due order, and so, with one timeout for all, in the order of their deadlines. */
  readonly #inFlight = new Fifo<Exchange>();
  #pacer: Pacer;
  #recorder: Recorder;
  #unsettled = 0;
  #freshOpened = 0;
  #firstSentAt = 0;
  #lastSentAt = 0;
  #stoppedAt: number | null = null;

  constructor(options: LaneOptions) {
    this.#options = options;
    const { traffic, target, template, mutant } = options;
    const timeout = traffic.timeoutMs * 1000;
    const atMost = Math.ceil((traffic.rate * (timeout + GRAIN_US) * 1.5) / 1e6);
    this.#cap = Math.min(MOST_IN_FLIGHT, Math.max(LEAST_IN_FLIGHT, atMost));
    const reserve = Math.min(MOST_RESERVE, Math.max(2, Math.ceil(traffic.rate / 10)));
    this.#pool = new Pool({
      target,
      template,
      reserve,
      maxSockets: Math.min(this.#cap + reserve, options.maxSockets),
      connectTimeout: timeout,
    });
    this.#rules = {
      expect: traffic.expect,
      timeout,
      identify: {
        replica: traffic.identify.replica?.toLowerCase() ?? null,
        version: traffic.identify.version?.toLowerCase() ?? null,
      },
      clockFromWrite: mutant === "send-clock",
      onSettled: (exchange) => this.#onSettled(exchange),
      onReturned: (exchange) => this.#pool.takeBack(exchange),
    };
    this.#pacer = new Pacer(traffic.rate, Number.POSITIVE_INFINITY);
    this.#recorder = this.#newRecorder();
  }

  get timeout(): number {
    return this.#rules.timeout;
  }

  get interval(): number {
    return this.#pacer.interval;
  }

  /** When the next arrival is due; infinite before the start and after the stop. */
  get nextDue(): number {
    return this.#stoppedAt === null ? this.#pacer.nextDue : Number.POSITIVE_INFINITY;
  }

  /** Arrivals taken from the schedule so far. */
  get arrived(): number {
    return this.#pacer.next;
  }

  /** Has everything settled? */
  get idle(): boolean {
    return this.#unsettled === 0;
  }

  /** Are the connections of the reserve there, or known to fail? */
  get warm(): boolean {
    return this.#pool.connecting === 0;
  }

  /** Opens the reserve of connections. */
  warmUp(): void {
    this.#pool.refill(Number.POSITIVE_INFINITY);
  }

  /** The first arrival is due at `start` (µs, world clock). */
  begin(start: number): void {
    this.#pacer = new Pacer(this.#options.traffic.rate, start);
    this.#recorder = this.#newRecorder();
  }

  /** Sends what has come due. True: more is due, come back when the answers have had their turn. */
  sendDue(now: number): boolean {
    if (this.#stoppedAt !== null) return false;
    const { first, count } = this.#pacer.take(now, SENDS_PER_TURN);
    if (count === 0) return false;
    for (let n = first; n < first + count; n++) this.#arrive(n);
    this.#recorder.burst(count);
    return this.#pacer.nextDue <= now;
  }

  /** Every few milliseconds: deadlines, connections, records. */
  tick(now: number): void {
    this.#expire(now);
    this.#pool.tick(now);
    this.#recorder.advance(this.nextDue - this.#options.epoch);
  }

  /** No more arrivals after those due by now. */
  stop(now: number): void {
    while (this.sendDue(now));
    this.#stoppedAt ??= now;
  }

  /** Everything has settled: closes connections and the books. */
  end(lost: number): void {
    const at = Math.floor((this.#stoppedAt ?? nowUs()) - this.#options.epoch);
    this.#pool.close();
    this.#recorder.end(at);
    this.#options.emit(
      testerNote({
        at,
        traffic: this.#options.traffic,
        planned: this.#pacer.next,
        recorder: this.#recorder,
        sendingFor: this.#lastSentAt - this.#firstSentAt,
        connections: {
          opened: this.#pool.opened,
          failed: this.#pool.failed,
          most: this.#pool.most,
          fresh: this.#freshOpened,
        },
        lost,
      }),
    );
  }

  #newRecorder(): Recorder {
    const { traffic, template, epoch, bySource, emit } = this.#options;
    return new Recorder({
      traffic: traffic.name,
      start: this.#pacer.start - epoch,
      interval: this.#pacer.interval,
      bySource,
      naming: (n) => ({ id: template.idOf(n), traceparent: template.traceparentOf(n) }),
      emit,
    });
  }

  #arrive(n: number): void {
    const due = this.#pacer.dueOf(n);
    const now = nowUs();
    const skipped = this.#options.mutant === "skip-arrivals" && this.#pool.free === 0;
    // After a stall of our own beyond the timeout, what was due in it is over before it could be sent.
    const over = now - due >= this.#rules.timeout;
    if (skipped) this.#recorder.conceal(null, false);
    else if (over || this.#unsettled >= this.#cap) this.#recorder.drop();
    else this.#send(n, due, now);
  }

  #send(n: number, due: number, now: number): void {
    const share = this.#options.traffic.fresh;
    const fresh = Math.floor((n + 1) * share) > Math.floor(n * share);
    const exchange = new Exchange(this.#rules, n, due, now, fresh);
    if (this.#firstSentAt === 0) this.#firstSentAt = now;
    this.#lastSentAt = now;
    this.#unsettled += 1;
    this.#inFlight.push(exchange);
    this.#recorder.send(fresh);
    if (fresh) this.#sendFresh(exchange);
    else this.#pool.send(exchange);
  }

  /** On a connection of its own, opened now and closed after the answer. */
  #sendFresh(exchange: Exchange): void {
    this.#freshOpened += 1;
    exchange.releasedAt = exchange.sentAt;
    exchange.connection = new Connection(this.#options.target, {
      onOpen: (connection) => connection.send(exchange, this.#options.template),
      onFailed: (_, error) =>
        exchange.settle(isOwnFault(error) ? "dropped" : classifyConnect(error), describe(error)),
      onFree: (connection) => connection.destroy(),
      onClosed: () => undefined,
    });
  }

  #expire(now: number): void {
    for (;;) {
      const oldest = this.#inFlight.peek();
      if (oldest === undefined) return;
      if (oldest.ending === null && oldest.deadline > now) return;
      this.#inFlight.shift();
      if (oldest.ending === null) this.#giveUp(oldest);
    }
  }

  #giveUp(exchange: Exchange): void {
    const { connection } = exchange;
    if (connection === null) this.#pool.judge(exchange);
    exchange.settle("timeout", connection === null ? "no connection in time" : "no answer in time");
    connection?.destroy();
  }

  #onSettled(exchange: Exchange): void {
    this.#unsettled -= 1;
    const { n, ending, fresh } = exchange;
    if (ending === null) return;
    if (ending === "dropped") {
      this.#recorder.unsend(n, fresh);
      return;
    }
    if (ending !== "ok" && this.#options.mutant === "drop-failures") {
      this.#recorder.conceal(n, fresh);
      return;
    }
    const { epoch, mask } = this.#options;
    this.#recorder.settle({
      n,
      due: exchange.due - epoch,
      at: exchange.endedAt - epoch,
      ending,
      fresh,
      status: exchange.status,
      replica: exchange.replica,
      version: exchange.version,
      detail: ending === "ok" ? "" : mask(exchange.detail).slice(0, 200),
      took: exchange.took,
      lateness: exchange.lateness,
    });
    this.#options.onRequest?.(this.#describe(exchange, ending));
  }

  #describe(
    exchange: Exchange,
    ending: Exclude<Exchange["ending"], null | "dropped">,
  ): SettledRequest {
    return {
      traffic: this.#options.traffic.name,
      t: Math.floor(exchange.due - this.#options.epoch),
      id: this.#options.template.idOf(exchange.n),
      ok: ending === "ok",
      class: ending === "ok" ? null : ending,
      status: exchange.status,
      tookUs: Math.round(exchange.took),
      replica: exchange.replica,
      version: exchange.version,
    };
  }
}
