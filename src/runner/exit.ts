import { EXIT_CODES } from "../kit/errors.ts";

/** Worst first (see the table in the README): a later code never hides an earlier one. */
const ORDER = [5, 70, 2, 4, 6, 130, 143, 1, 3, 0];

/** The one exit code of several. */
export function worstExit(codes: readonly number[]): number {
  return ORDER.find((code) => codes.includes(code)) ?? 0;
}

/** The exit code of what a signal has cut short, by the signal that came first. */
export function interruptedExit({ reason }: AbortSignal): number {
  return reason === "SIGINT" ? EXIT_CODES.INTERRUPTED : EXIT_CODES.TERMINATED;
}
