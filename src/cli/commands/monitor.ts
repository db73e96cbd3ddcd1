import { Command } from "commander";
import type { Host } from "../host.ts";
import type { MonitorFlags } from "../monitor-traffic.ts";
import { withStackOptions, withTraffic } from "./stack-options.ts";
import { durationValue, repeatedValue } from "./values.ts";

/** `aegis monitor [URL]`: the live tester loop. */
export const monitor = (host: Host): Command =>
  withTraffic(withStackOptions(new Command("monitor")), "requests to send", 20)
    .summary("send steady traffic and show how it is answered, second by second")
    .description(
      "Sends a steady stream of requests to a URL (or to the entry of the running stack) and prints a line per second: whether they were answered, how fast, and by which version. It harms nothing. Ctrl-C ends it with a summary.",
    )
    .argument("[url]", "what to ask for (default: the entry of the running stack)")
    .option("--for <duration>", "end by itself after this time", durationValue)
    .option("-X, --method <method>", "HTTP method", "GET")
    .option("-H, --header <header>", "header to send, repeatable", repeatedValue, [])
    .option("-d, --data <body>", "body to send")
    .option("--each", "a line per request in place of one per second", false)
    .option(
      "--assert <assertion>",
      "what must hold at the end, repeatable; decides the exit code",
      repeatedValue,
      [],
    )
    .option("--out <dir>", "where run directories go (default: ./.aegis/runs)")
    .option("--json", "print the JSON report at the end, and the lines on stderr", false)
    .addHelpText(
      "after",
      `
Examples:
  $ aegis monitor
  $ aegis monitor http://localhost:8080/health --rate 5/s
  $ aegis monitor --for 30s --rate 20/s --assert "success >= 99.9%" --assert "p99 <= 200ms"
  $ aegis monitor --each -H "authorization: Bearer \${env:TOKEN}"
  $ aegis monitor http://localhost:8080/orders -X POST -d '{"id":"\${request.id}"}' --rate 2/s`,
    )
    .action(async (url: string | undefined, flags: MonitorFlags) =>
      (await import("../monitor-traffic.ts")).monitorTraffic(host, url ?? null, flags),
    );
