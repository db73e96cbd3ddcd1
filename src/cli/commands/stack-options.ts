import { type Command, InvalidArgumentError, Option } from "commander";
import { VANTAGES } from "../../model/plan.ts";
import { WAIT_TIMEOUT_MS } from "../play-again.ts";
import { durationOption, entryValue, rateOption, repeatedValue } from "./values.ts";

/** The options that say which stack a command is about. `short: false` leaves `-f` to the command itself. */
export function withStackOptions(command: Command, { short } = { short: true }): Command {
  return command
    .option(
      `${short ? "-f, " : ""}--compose <file>`,
      "compose file of the stack, or its directory (default: the bundled stack)",
    )
    .option(
      "-p, --project <name>",
      "project name: two names are two stacks side by side; alone: a project that runs already",
    )
    .option("--profile <name>", "compose profile to switch on, repeatable", repeatedValue)
    .option("-e, --engine <name>", "what runs the stack")
    .option(
      "--entry <service[:port]>",
      "the service that requests go to, where it cannot be told",
      entryValue,
    )
    .option(
      "--cmd <command>",
      'no compose file: replicas of this command, given PORT ("node server.js")',
    )
    .option("--replicas <n>", "how many of them", positiveInteger, 3)
    .option("--ready <path>", "path that answers when a replica is ready", "/");
}

/** The option that says from where requests are sent. */
export function withVantage(command: Command): Command {
  const help =
    "send requests from this machine, or from a container in the stack's network (default: the host, unless what is asked cannot be reached from it)";
  return command.addOption(new Option("--vantage <place>", help).choices(VANTAGES));
}

/** The option of a command that starts stacks. */
export function withWaitTimeout(command: Command): Command {
  const help = "how long the stack may take to get ready when it is started";
  return command.addOption(durationOption("--wait-timeout <duration>", help, WAIT_TIMEOUT_MS));
}

/** The options of a command that sends requests of its own making: `sent` at this rate, per second. */
export function withTraffic(command: Command, sent: string, rate: number): Command {
  return command
    .addOption(rateOption("--rate <rate>", sent, rate))
    .addOption(durationOption("--timeout <duration>", "how long an answer may take", 1000));
}

/** The options that say what runs may harm, and what is kept and shown of them. */
export function withRunOptions(command: Command): Command {
  return withWaitTimeout(command)
    .option("--out <dir>", "where run directories go (default: ./.aegis/runs)")
    .option(
      "--allow <project>",
      "harm this project although aegis did not start it, or although it is on another machine; repeatable",
      repeatedValue,
    )
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
