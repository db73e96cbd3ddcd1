/** What a figure should be. */
export interface Goal {
  readonly op: "<=" | "==";
  readonly limit: number;
}

export interface FigureSpec {
  readonly name: string;
  /** As printed after the number: `ms`, `%`, ``. */
  readonly unit: string;
  /** null: shown for comparison. */
  readonly goal: Goal | null;
  /** Which of the rounds is held against the goal; `worst` where a single miss counts. */
  readonly judged: "median" | "worst";
}

/** One line of the table: a value per round. */
export interface Figure extends FigureSpec {
  readonly rounds: readonly number[];
  /** What is held against the goal; null: nothing could be measured. */
  readonly value: number | null;
  /** null without a goal, or without a value. */
  readonly missed: boolean | null;
  /** Instead of a value. */
  readonly remark: string | null;
}

/** The figures of one part, in the order in which they first came. */
export class Figures {
  readonly #specs = new Map<string, FigureSpec>();
  readonly #rounds = new Map<string, number[]>();
  readonly #values = new Map<string, number>();
  readonly #remarks = new Map<string, string>();

  /** The value of one more round. */
  add(spec: FigureSpec, value: number): void {
    this.#know(spec).push(value);
  }

  /** A figure of all rounds together, such as a ratio of medians; `rounds` gives its range. */
  set(spec: FigureSpec, value: number, rounds: readonly number[]): void {
    this.#know(spec).push(...rounds);
    this.#values.set(spec.name, value);
  }

  /** Why there is no value. */
  remark(spec: FigureSpec, remark: string): void {
    this.#know(spec);
    this.#remarks.set(spec.name, remark);
  }

  list(): readonly Figure[] {
    return [...this.#specs.values()].map((spec) => {
      const rounds = this.#rounds.get(spec.name) ?? [];
      const value = this.#values.get(spec.name) ?? judgedOf(spec, rounds);
      const missed = spec.goal === null || value === null ? null : !meets(value, spec.goal);
      return { ...spec, rounds, value, missed, remark: this.#remarks.get(spec.name) ?? null };
    });
  }

  #know(spec: FigureSpec): number[] {
    this.#specs.set(spec.name, spec);
    const rounds = this.#rounds.get(spec.name) ?? [];
    this.#rounds.set(spec.name, rounds);
    return rounds;
  }
}

/** The middle value, of an even number the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
}

/** The value at quantile q (0..1) by nearest rank; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

function judgedOf({ judged, goal }: FigureSpec, rounds: readonly number[]): number | null {
  if (rounds.length === 0) return null;
  if (judged === "median") return median(rounds);
  const distance = (value: number): number =>
    goal?.op === "==" ? Math.abs(value - goal.limit) : value;
  return rounds.reduce((worst, value) => (distance(value) > distance(worst) ? value : worst));
}

function meets(value: number, { op, limit }: Goal): boolean {
  return op === "<=" ? value <= limit : value === limit;
}
