import { Command } from "commander";
import type { Host } from "../host.ts";
import type { MonkeyFlags } from "../run-monkey.ts";
import {
  positiveInteger,
  seedNumber,
  withRunOptions,
  withStackOptions,
  withTraffic,
  withVantage,
} from "./stack-options.ts";
import { durationOption, durationValue, listValue, pauseValue, repeatedValue } from "./values.ts";

/** `aegis chaos monkey`: continuous seeded chaos. */
export const chaosMonkey = (host: Host): Command =>
  withTraffic(command(), "requests to send meanwhile", 50)
    .summary("harm random replicas, again and again, until Ctrl-C")
    .description(
      "Continuous seeded chaos on the running stack (it is started, and stopped afterwards, if it is not up). Never more replicas down than --down, never all of a service. Ctrl-C undoes everything and prints the verdict.",
    )
    .addOption(durationOption("--every <duration>", "from one harm to the next", 5000))
    .addOption(
      durationOption(
        "--jitter <duration>",
        "each up to this much later, at random",
        2000,
        pauseValue,
      ),
    )
    .option("--kinds <names>", "what it may do, with commas", listValue, ["crash", "pause"])
    .addOption(
      durationOption("--hold <duration>", "how long held harm lasts, such as a pause", 2000),
    )
    .option("--service <name>", "whose replicas (default: the only service that has several)")
    .option("--down <n>", "how many may be harmed at a time", positiveInteger, 1)
    .option("--for <duration>", "end by itself after this time", durationValue)
    .option(
      "--seed <n>",
      "decides every random choice; the same seed makes the same run",
      seedNumber,
    )
    .option("--url <path>", "path to ask for", "/")
    .option(
      "--assert <assertion>",
      'what must hold, repeatable (default: "failed == 0")',
      repeatedValue,
      [],
    )
    .addHelpText(
      "after",
      `
Examples:
  $ aegis chaos monkey
  $ aegis chaos monkey --every 5s --jitter 2s --kinds crash,pause --for 1m --seed 42
  $ aegis chaos monkey --service app --rate 200/s --assert "success >= 99.9%"`,
    )
    .action(async (flags: MonkeyFlags) =>
      (await import("../run-monkey.ts")).runMonkey(host, flags),
    );

const command = (): Command => withVantage(withRunOptions(withStackOptions(new Command("monkey"))));
