import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { AegisError } from "../kit/errors.ts";
import type { Tester, TesterOptions } from "./contract.ts";
import type { FromWorker, Mutant, ToWorker, WorkerInput } from "./messages.ts";
import { StealWatch } from "./steal.ts";
import { requestTemplate } from "./template.ts";

/**
 * The tester of one run. Throws INVALID_INPUT for a URL, method or header that cannot be sent; `start` rejects with
 * ENVIRONMENT when a CA file cannot be read. `mutant` is for the self-test alone.
 */
export function createTester(options: TesterOptions, mutant: Mutant | null = null): Tester {
  for (const traffic of options.traffic) requestTemplate(traffic, options.run);
  return new ThreadTester(options, mutant);
}

/** Runs the tester in a thread of its own, so that nothing this one does makes a request late. */
class ThreadTester implements Tester {
  readonly #options: TesterOptions;
  readonly #mutant: Mutant | null;
  readonly #taken = new Int32Array(new SharedArrayBuffer(4));
  readonly #steal: StealWatch;
  #running: { worker: Worker; started: Promise<number>; ended: Promise<void> } | null = null;

  constructor(options: TesterOptions, mutant: Mutant | null) {
    this.#options = options;
    this.#mutant = mutant;
    this.#steal = new StealWatch(options.epoch, options.onRecord);
  }

  start(): Promise<number> {
    this.#running ??= this.#launch();
    return this.#running.started;
  }

  async stop(): Promise<void> {
    if (this.#running === null) return;
    const { worker, started, ended } = this.#running;
    // A tester that could not start has nothing to stop: `start` has told.
    if ((await started.catch(() => null)) === null) return;
    worker.postMessage("stop" satisfies ToWorker);
    await ended;
    this.#steal.stop();
  }

  async terminate(): Promise<void> {
    this.#steal.abandon();
    await this.#running?.worker.terminate();
  }

  #launch() {
    const worker = new Worker(join(this.#options.dist, "src", "tester", "worker.js"), {
      workerData: this.#input(),
      // Flags meant for the main program (--input-type, --inspect-brk) do not fit the thread.
      execArgv: [],
    });
    const started = new Promise<number>((resolve, reject) => {
      worker.on("message", (message: FromWorker) => {
        if (message.kind === "started") this.#begun(message.at, resolve);
        else if (message.kind === "refused") reject(refusal(message));
        else if (message.kind === "batch") this.#take(message);
        else void worker.terminate();
      });
      worker.once("error", reject);
      worker.once("exit", () =>
        reject(new Error("the tester's thread ended before it had started")),
      );
    });
    const ended = new Promise<void>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("exit", () => resolve());
    });
    // Whoever waits is told; that nobody waits yet is no reason to end the process.
    started.catch(() => undefined);
    ended.catch(() => undefined);
    return { worker, started, ended };
  }

  #begun(at: number, resolve: (at: number) => void): void {
    this.#steal.start();
    resolve(at);
  }

  #input(): WorkerInput {
    const { traffic, epoch, run, secrets, bySource, dist, onRequest } = this.#options;
    const common = { traffic, epoch, run, secrets, bySource, dist };
    return { ...common, each: onRequest !== null, mutant: this.#mutant, taken: this.#taken };
  }

  #take({ records, requests }: Extract<FromWorker, { kind: "batch" }>): void {
    Atomics.add(this.#taken, 0, 1);
    for (const record of records) this.#options.onRecord(record);
    for (const request of requests) this.#options.onRequest?.(request);
  }
}

function refusal({ code, message, hint }: Extract<FromWorker, { kind: "refused" }>): AegisError {
  return new AegisError(code, message, hint === null ? {} : { hint });
}
