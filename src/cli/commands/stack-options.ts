import { type Command, InvalidArgumentError } from "commander";
import { repeatedValue } from "./values.ts";

/** The options that say which stack a command is about. `short: false` leaves `-f` to the command itself. */
export function withStackOptions(command: Command, { short } = { short: true }): Command {
  return command
    .option(
      `${short ? "-f, " : ""}--compose <file>`,
      "compose file of the stack (default: the bundled stack)",
    )
    .option("-p, --project <name>", "project name: two names are two stacks side by side")
    .option("--profile <name>", "compose profile to switch on, repeatable", repeatedValue)
    .option("-e, --engine <name>", "what runs the stack")
    .option(
      "--cmd <command>",
      'no compose file: replicas of this command, given PORT ("node server.js")',
    )
    .option("--replicas <n>", "how many of them", positiveInteger, 3)
    .option("--ready <path>", "path that answers when a replica is ready", "/");
}

/** The options that say what is kept and shown of runs. */
export function withRunOptions(command: Command): Command {
  return command
    .option("--out <dir>", "where run directories go (default: ./.aegis/runs)")
    .option("--junit <file>", "write a JUnit XML report")
    .option("--json", "print the JSON report instead of the one for people", false)
    .option("--keep", "leave the stack up afterwards", false);
}

/** Parses a whole number above zero; anything else is a usage error. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError(`expected a whole number above 0, got "${text}".`);
  }
  return value;
}

/** Parses a seed: a whole number from 0 to 2^31 - 1. */
export function seedNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value >= 2 ** 31) {
    throw new InvalidArgumentError(
      `expected a whole number from 0 to ${2 ** 31 - 1}, got "${text}".`,
    );
  }
  return value;
}
