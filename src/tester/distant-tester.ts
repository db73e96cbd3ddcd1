import { readFileSync } from "node:fs";
import { AegisError, messageOf } from "../kit/errors.ts";
import type { InsideProgram } from "../model/inside.ts";
import { nowUs } from "./clock.ts";
import type { Tester, TesterOptions } from "./contract.ts";
import type { FromProgram, ToProgram } from "./distance.ts";
import { requestTemplate } from "./template.ts";

export interface DistantTesterOptions extends Omit<TesterOptions, "dist"> {
  /** Starts `tester/program.js` of this version, at the tester's start. It is ended with the tester. */
  readonly launch: () => Promise<InsideProgram>;
  /** Told once, with the reason, when the way to the program is lost before the stop: nothing more is measured. */
  readonly onLost: (reason: string) => void;
}

/** Exchanges to compare two clocks: the quickest is the best, its error at most half of what it took. */
const CLOCK_EXCHANGES = 15;

/**
 * A tester that runs elsewhere, with its times brought to our clock (Cristian's algorithm: F. Cristian, "Probabilistic
 * clock synchronization", 1989). On the same machine both read the same clock, and the difference found is 0 within the
 * error of the exchange. Throws INVALID_INPUT as `createTester` does.
 */
export function createDistantTester(options: DistantTesterOptions): Tester {
  for (const traffic of options.traffic) requestTemplate(traffic, options.run);
  return new DistantTester(options);
}

class DistantTester implements Tester {
  readonly #options: DistantTesterOptions;
  readonly #replies: ((message: FromProgram) => void)[] = [];
  #launched: Promise<InsideProgram> | null = null;
  #started: Promise<number> | null = null;
  #stopped: Promise<void> | null = null;
  #isEnding = false;
  #lost: AegisError | null = null;
  #onLost: (error: AegisError) => void = () => {};

  constructor(options: DistantTesterOptions) {
    this.#options = options;
  }

  start(): Promise<number> {
    this.#started ??= this.#start();
    return this.#started;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async terminate(): Promise<void> {
    this.#isEnding = true;
    // One that could not be launched has left nothing.
    const program = await this.#launched?.catch(() => null);
    await program?.end();
  }

  async #start(): Promise<number> {
    const { traffic, epoch, run, secrets, bySource, launch, onRequest } = this.#options;
    this.#launched = launch();
    const program = await this.#launched;
    void this.#listen(program);
    const ahead = await this.#clockAhead(program);
    const started = await this.#ask(program, {
      kind: "start",
      options: { traffic, epoch: epoch + ahead, run, secrets, bySource },
      each: onRequest !== null,
      authorities: authoritiesOf(this.#options),
    });
    if (started.kind === "started") return started.at;
    if (started.kind !== "refused") throw new Error(`the tester answered ${started.kind}`);
    const { code, message, hint } = started;
    throw new AegisError(code, message, hint === null ? {} : { hint });
  }

  async #stop(): Promise<void> {
    if (this.#started === null) return;
    const program = await this.#started.then(
      () => this.#launched,
      () => null,
    );
    // Lost on the way: `onLost` has told.
    if (program !== null) await this.#ask(program, { kind: "stop" }).catch(() => null);
    await this.terminate();
  }

  /** µs that the program's clock is ahead of ours, as it is journaled too, with its error. */
  async #clockAhead(program: InsideProgram): Promise<number> {
    let best = { took: Number.POSITIVE_INFINITY, ahead: 0 };
    for (let i = 0; i < CLOCK_EXCHANGES; i++) {
      const asked = nowUs();
      const answer = await this.#ask(program, { kind: "clock" });
      const took = nowUs() - asked;
      if (answer.kind === "clock" && took < best.took) {
        best = { took, ahead: answer.now - (asked + took / 2) };
      }
    }
    // One clock: a difference within the error of the measurement is none.
    const ahead = Math.abs(best.ahead) <= best.took ? 0 : best.ahead;
    const facts = { aheadUs: Math.round(ahead), withinUs: Math.ceil(best.took / 2) };
    const t = Math.max(0, nowUs() - this.#options.epoch);
    this.#options.onRecord({ type: "note", t, step: null, stage: "clock", facts });
    return ahead;
  }

  #ask(program: InsideProgram, message: ToProgram): Promise<FromProgram> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) return reject(this.#lost);
      this.#onLost = reject;
      this.#replies.push(resolve);
      program.send(JSON.stringify(message));
    });
  }

  async #listen(program: InsideProgram): Promise<void> {
    try {
      for await (const line of program.lines) this.#hear(JSON.parse(line) as FromProgram);
      this.#lose(`${program.name} has ended`);
    } catch (thrown) {
      this.#lose(messageOf(thrown));
    }
  }

  #hear(message: FromProgram): void {
    if (message.kind === "broken") {
      this.#lose(message.stack);
    } else if (message.kind === "batch") {
      for (const record of message.records) this.#options.onRecord(record);
      for (const request of message.requests) this.#options.onRequest?.(request);
    } else {
      this.#replies.shift()?.(message);
    }
  }

  #lose(reason: string): void {
    if (this.#lost !== null || this.#isEnding) return;
    this.#lost = new AegisError("ENVIRONMENT", `the tester inside was lost: ${reason}`, {
      hint: "run it again, or measure from the host: `vantage: host`",
    });
    this.#onLost(this.#lost);
    this.#options.onLost(reason);
  }
}

/** Their texts: the paths mean nothing elsewhere. Throws ENVIRONMENT. */
function authoritiesOf({ traffic }: DistantTesterOptions): Record<string, string> {
  const paths = new Set(traffic.flatMap(({ ca }) => (ca === null ? [] : [ca])));
  return Object.fromEntries([...paths].map((path) => [path, readAuthority(path)]));
}

function readAuthority(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    throw new AegisError("ENVIRONMENT", `cannot use the CA in ${path}: ${messageOf(thrown)}`, {
      hint: "give the path of a readable PEM file with the CA's certificate",
      cause: thrown,
    });
  }
}
