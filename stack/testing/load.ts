import { Pool } from "undici";

/** A stream of requests for live tests: `rate` per second on an absolute schedule, until it is stopped. */
export interface LoadOptions {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly rate: number;
  /** Distinguishes the request ids of two loads. */
  readonly name: string;
}

/** What became of the requests, by id. */
export interface LoadResult {
  readonly sent: readonly string[];
  readonly answered: readonly string[];
  /** `id: why`, with the status or the error. */
  readonly failed: readonly string[];
  readonly slowestMs: number;
  readonly retries: number;
  /** Which members answered, by x-aegis-replica. */
  readonly replicas: ReadonlySet<string>;
}

/** On a machine that is too busy for the rate, requests are sent late rather than all at once. */
const MAX_PENDING = 50;
const CONNECT_MS = 60_000;

/** Sends from now on; half of the requests on fresh connections. */
export class Load {
  readonly #options: LoadOptions;
  readonly #kept: Pool;
  readonly #fresh: Pool;
  readonly #timer: NodeJS.Timeout;
  readonly #started = performance.now();
  readonly #pending = new Set<Promise<void>>();
  readonly #sent: string[] = [];
  readonly #answered: string[] = [];
  readonly #failed: string[] = [];
  readonly #replicas = new Set<string>();
  #slowestMs = 0;
  #result: Promise<LoadResult> | undefined;
  #retries = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    const { origin } = new URL(options.url);
    this.#kept = new Pool(origin, {
      connect: { timeout: CONNECT_MS },
      pipelining: 1,
      keepAliveTimeout: 400,
    });
    this.#fresh = new Pool(origin, { connect: { timeout: CONNECT_MS }, pipelining: 0 });
    this.#timer = setInterval(() => this.#sendDue(), 4);
  }

  get sent(): number {
    return this.#sent.length;
  }

  get answered(): number {
    return this.#answered.length;
  }

  get failed(): number {
    return this.#failed.length;
  }

  /** No more requests; waits for those on their way. Idempotent. */
  stop(): Promise<LoadResult> {
    this.#result ??= this.#finish();
    return this.#result;
  }

  async #finish(): Promise<LoadResult> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    await Promise.all([this.#kept.close(), this.#fresh.close()]);
    return {
      sent: this.#sent,
      answered: this.#answered,
      failed: this.#failed,
      slowestMs: this.#slowestMs,
      retries: this.#retries,
      replicas: this.#replicas,
    };
  }

  #sendDue(): void {
    const due = ((performance.now() - this.#started) / 1000) * this.#options.rate;
    while (this.#sent.length < due && this.#pending.size < MAX_PENDING) {
      const id = `${this.#options.name}-${this.#sent.length}`;
      this.#sent.push(id);
      const request = this.#request(id).finally(() => this.#pending.delete(request));
      this.#pending.add(request);
    }
  }

  async #request(id: string): Promise<void> {
    const { url, method } = this.#options;
    const pool = this.#sent.length % 2 === 0 ? this.#kept : this.#fresh;
    const began = performance.now();
    try {
      const { statusCode, headers, body } = await pool.request({
        path: new URL(url).pathname,
        method,
        headers: { "x-request-id": id },
      });
      const text = await body.text();
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - began);
      this.#retries += Number(headers["x-aegis-retries"] ?? 0);
      this.#replicas.add(String(headers["x-aegis-replica"]));
      if (statusCode < 300) this.#answered.push(id);
      else this.#failed.push(`${id}: ${statusCode} ${text.trim()}`);
    } catch (error) {
      this.#failed.push(`${id}: ${error}`);
    }
  }
}
