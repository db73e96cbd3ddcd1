import { CommanderError } from "commander";
import { AegisError, BugWithHarm, EXIT_CODES, INTERNAL_ERROR } from "../kit/errors.ts";
import type { Host } from "./host.ts";
import { tellLeftovers } from "./open-harm.ts";
import { versionOf } from "./version.ts";

/** Says what was thrown, with what to do about it, and returns its exit code. A bug of ours keeps its stack. */
export function reportError(host: Host, thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : EXIT_CODES.INVALID_INPUT;
  if (thrown instanceof AegisError) {
    host.stderr.line(`error: ${thrown.message}`);
    if (thrown.hint !== undefined) host.stderr.line(`  ${thrown.hint.replaceAll("\n", "\n  ")}`);
    return EXIT_CODES[thrown.code];
  }
  if (thrown instanceof BugWithHarm) {
    reportError(host, thrown.cause);
    tellLeftovers(host.stderr, thrown.leftovers);
    return EXIT_CODES.HARM_LEFT;
  }
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  host.stderr.line(`This is a bug in aegis ${versionOf(host)}, not in your stack:\n${stack}`);
  host.stderr.line(
    "Please report it with the command you ran and the text above; `aegis heal` undoes what was left.",
  );
  return INTERNAL_ERROR;
}
