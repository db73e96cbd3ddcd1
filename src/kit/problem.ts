import { AegisError } from "./errors.ts";

/** One mistake in a file that a user wrote. A parser collects all of them before it gives up. */
export interface Problem {
  readonly file: string;
  /** 1-based; 1 when only the file as a whole is at fault. */
  readonly line: number;
  readonly column: number;
  /** Where in the document, as `steps[0].target.service`; empty for the whole document. */
  readonly path: string;
  /** What is wrong: what was expected and what came. */
  readonly message: string;
  /** What to do, e.g. `did you mean "service"?` */
  readonly hint?: string;
}

/** `file:line:column: path: message (hint)`, the form editors can jump to. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, path, message, hint } = problem;
  const where = path === "" ? "" : `${path}: `;
  return `${file}:${line}:${column}: ${where}${message}${hint === undefined ? "" : `; ${hint}`}`;
}

/** Every problem of the files that were read, in order of appearance. Exit code 2. */
export class ProblemsError extends AegisError {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[], details: { hint?: string } = {}) {
    const sorted = [...problems].sort(
      (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column,
    );
    super("INVALID_INPUT", sorted.map(formatProblem).join("\n"), details);
    this.problems = sorted;
  }
}
