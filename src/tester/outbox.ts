import type { SettledRequest, TesterRecord } from "./contract.ts";

/** Batches under way to a main thread that does not take them: beyond, single requests and samples are left out. */
const BATCHES_UNDER_WAY = 50;
const REQUESTS_PER_BATCH = 10_000;

/** Collects what goes to the main thread and posts it in batches, so that a slow reader never slows the sender. */
export class Outbox {
  readonly #post: (records: TesterRecord[], requests: SettledRequest[]) => void;
  readonly #taken: Int32Array;
  #records: TesterRecord[] = [];
  #requests: SettledRequest[] = [];
  #posted = 0;
  /** Samples and single requests left out because the main thread was not reading. */
  lost = 0;

  /** `taken`: one counter of batches, raised by the reader. */
  constructor(
    taken: Int32Array,
    post: (records: TesterRecord[], requests: SettledRequest[]) => void,
  ) {
    this.#taken = taken;
    this.#post = post;
  }

  /** Measurements always pass: they are few per second whatever the rate. */
  record(record: TesterRecord): void {
    if (record.type === "sample" && this.#behind) this.lost += 1;
    else this.#records.push(record);
  }

  request(request: SettledRequest): void {
    if (this.#requests.length >= REQUESTS_PER_BATCH || this.#behind) this.lost += 1;
    else this.#requests.push(request);
  }

  flush(): void {
    if (this.#records.length === 0 && this.#requests.length === 0) return;
    this.#post(this.#records, this.#requests);
    this.#posted += 1;
    this.#records = [];
    this.#requests = [];
  }

  get #behind(): boolean {
    return this.#posted - Atomics.load(this.#taken, 0) > BATCHES_UNDER_WAY;
  }
}
