import { Command } from "commander";
import type { Host } from "../host.ts";

/** `aegis selftest`: does the tester tell the truth on this machine? */
export const selftest = (host: Host): Command =>
  new Command("selftest")
    .summary("check that the tester measures right on this machine")
    .description(
      "Starts a server of its own, freezes and kills it for known times, and compares what the tester says with the server's own log. Exits 1 when they differ.",
    )
    .option("--json", "print JSON", false)
    .addHelpText("after", "\nExample:\n  $ aegis selftest")
    .action(async (flags: { json: boolean }) =>
      (await import("../run-selftest.ts")).runSelftest(host, flags),
    );
