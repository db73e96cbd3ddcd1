import { Command } from "commander";
import type { Host } from "../host.ts";
import type { RolloutFlags } from "../run-rollout.ts";
import { withRunOptions, withStackOptions, withTraffic, withVantage } from "./stack-options.ts";
import { repeatedValue } from "./values.ts";

/** `aegis rollout`: another version, one replica at a time, taken back by itself when it is worse. */
export const rolloutCommand = (host: Host): Command =>
  withTraffic(command(), "requests to send meanwhile", 100)
    .summary("move a replica or a service to another version, one replica at a time")
    .description(
      "Replaces what runs, one replica at a time, while requests are sent. Each new replica has to get ready, to answer in the new version and to be no worse than the others at the same time; else everything is put back. Exit 0: completed, or nothing to do; 1: rolled back; 3: rolled back because nothing could be concluded; 5: something could not be put back.",
    )
    .argument("[target]", "a service (`app`), or one replica of it (`app1`)")
    .option("--to <version>", "a version under x-aegis.versions")
    .option("--image <ref>", "an image, made a version of its own")
    .option("--build", "what the service's build context makes now")
    .option("--undo", "take back what is under way, or else the last one that was completed")
    .option("--plan", "show what would be done, and touch nothing")
    .option("--status", "show how far the last one is")
    .option("--watch", "follow the one that is under way until it ends")
    .option("--pause", "let the one that is under way wait before its next replica")
    .option("--resume", "let it go on")
    .option(
      "--strategy <name>",
      "surge: one more first; in-place: stop, then start; auto: surge where it can be",
      "auto",
    )
    .option(
      "--gate <name>",
      "compare: with the others at the same time; ready: readiness alone decides",
      "compare",
    )
    .option(
      "--min-in-service <duration>",
      "how long a new replica serves before its answers count",
      "2s",
    )
    .option("--observe <duration>", "how long at least it is compared", "5s")
    .option("--samples <n>", "answers of each side below which nothing is concluded", Number, 300)
    .option(
      "--deadline <duration>",
      "the longest one replica may take, until it is accepted",
      "60s",
    )
    .option(
      "--allow-downtime",
      "replace in place even where nobody else can answer meanwhile",
      false,
    )
    .option("--url <path>", "path to ask for at the entry of the stack", "/")
    .option(
      "--assert <assertion>",
      'what must hold besides, repeatable: "failed == 0"',
      repeatedValue,
      [],
    )
    .addHelpText(
      "after",
      `
Examples:
  $ aegis rollout app1 --to v2
  $ aegis rollout app --to v2 --plan
  $ aegis rollout app --to v2 --rate 500/s --samples 1000
  $ aegis rollout --status
  $ aegis rollout app --undo
  $ aegis rollout web --image my-web:2.0 --project shop --allow shop
  $ aegis rollout app --build --assert "failed == 0"`,
    )
    .action(async (target: string | undefined, flags: RolloutFlags) =>
      (await import("../run-rollout.ts")).runRollout(host, target, flags),
    );

const command = (): Command =>
  withVantage(withRunOptions(withStackOptions(new Command("rollout"), { short: false })));
