import type { Figures } from "./figures.ts";

/** What the command line asks of every part. */
export interface BenchOptions {
  /** How often each part measures; alternating, so that a slow minute of the machine hits all sides. */
  readonly rounds: number;
  /** Short settings that only show that each part runs. Its figures mean nothing. */
  readonly quick: boolean;
  /** Fetch tools to compare with that are not installed. */
  readonly others: boolean;
}

/** What a part measures with. */
export interface Bench {
  readonly options: BenchOptions;
  /** Absolute paths: the package and an empty directory of this part's own. */
  readonly packageRoot: string;
  readonly directory: string;
  readonly figures: Figures;
  /** Keeps the raw figures of one round for the JSON file, with the time, the load average and the share of the CPU that the host gave to other machines. */
  readonly keep: (raw: object) => void;
  /** A line for the person who waits. */
  readonly tell: (line: string) => void;
}

/** One part of the benchmark, by the name it has on the command line. Throws when it cannot run. */
export interface Part {
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<void>;
}
