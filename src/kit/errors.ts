/** Exit codes of the ways aegis stops early. Scripts rely on them: never renumber. */
export const EXIT_CODES = {
  INVALID_INPUT: 2,
  INCONCLUSIVE: 3,
  ENVIRONMENT: 4,
  HARM_LEFT: 5,
  NOT_STEADY: 6,
  /** SIGINT. */
  INTERRUPTED: 130,
  /** SIGTERM, SIGHUP. */
  TERMINATED: 143,
} as const;

/** A bug of ours: nothing that anybody throws on purpose. */
export const INTERNAL_ERROR = 70;

export type ErrorCode = keyof typeof EXIT_CODES;

/** A failure the user can act on. Anything else that reaches `main` is our bug: it keeps its stack and exits 70. */
export class AegisError extends Error {
  override readonly name = "AegisError";
  readonly code: ErrorCode;
  /** What to do about it, one or more lines. */
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
  }
}

/** A bug of ours that has also left harm behind: what is left decides the exit code, and the bug keeps its stack. */
export class BugWithHarm extends Error {
  override readonly name = "BugWithHarm";
  /** A sentence each. */
  readonly leftovers: readonly string[];

  constructor(bug: unknown, leftovers: readonly string[]) {
    super(messageOf(bug), { cause: bug });
    this.leftovers = leftovers;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
