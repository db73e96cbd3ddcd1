import type { Engine } from "../engines/engine.ts";

/** More requests than any run sends: a larger number in a log line is none of ours. */
const LARGEST_ID = 100_000_000;

/**
 * Counts how often each request of a traffic was carried out, from the lines `order <request id>` that replicas write
 * to their logs before they answer. A byte per request, whatever the length of the run.
 */
export class DuplicateCounter {
  readonly #prefix: string;
  #seen = new Uint8Array(1024);
  #orders = 0;
  #duplicates = 0;

  /** `prefix`: what the ids of this traffic begin with; a number follows. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  get orders(): number {
    return this.#orders;
  }

  /** Executions beyond the first of each request. */
  get duplicates(): number {
    return this.#duplicates;
  }

  see(line: string): void {
    if (!line.startsWith(`order ${this.#prefix}`)) return;
    const n = Number(line.slice(6 + this.#prefix.length).trim());
    if (!Number.isSafeInteger(n) || n < 0 || n > LARGEST_ID) return;
    this.#growTo(n);
    this.#orders += 1;
    if (this.#seen[n] === 1) this.#duplicates += 1;
    this.#seen[n] = 1;
  }

  #growTo(n: number): void {
    if (n < this.#seen.length) return;
    const larger = new Uint8Array(Math.max(n + 1, this.#seen.length * 2));
    larger.set(this.#seen);
    this.#seen = larger;
  }
}

/** Follows the logs of every replica until the signal aborts, and lets each counter see each line. */
export async function followLogs(
  engine: Engine,
  counters: readonly DuplicateCounter[],
  signal: AbortSignal,
): Promise<void> {
  if (counters.length === 0) return;
  const names = (await engine.replicas()).map(({ name }) => name);
  for await (const { text } of engine.logs({ names, follow: true, tail: 0, signal })) {
    for (const counter of counters) counter.see(text);
  }
}
