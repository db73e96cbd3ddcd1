import { type Problem, ProblemsError } from "./problem.ts";
import type { SourcePath, YamlSource } from "./source.ts";

export interface ProblemEntry {
  readonly source: YamlSource;
  readonly path: SourcePath;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Which of the two is at fault; the value unless told. */
  readonly at?: "key" | "value";
  /** Of a text value, the character at fault (0-based). */
  readonly offset?: number | undefined;
}

/** Collects mistakes, so that all of them are told at once. */
export class ProblemList {
  readonly #problems: Problem[] = [];

  get count(): number {
    return this.#problems.length;
  }

  add({ source, path, message, hint, at = "value", offset = 0 }: ProblemEntry): void {
    const place = at === "key" ? source.locateKey(path) : source.locateIn(path, offset);
    const rest = hint === undefined ? {} : { hint };
    this.addAll([{ file: source.file, ...place, path: pathText(path), message, ...rest }]);
  }

  /** Those of another file or parser, e.g. of a caught ProblemsError. */
  addAll(problems: readonly Problem[]): void {
    this.#problems.push(...problems);
  }

  /** Throws ProblemsError with everything collected, if anything was. */
  throwIfAny(): void {
    if (this.#problems.length > 0) throw new ProblemsError(this.#problems);
  }
}

/** `steps[0].target.service` */
function pathText(path: SourcePath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}
