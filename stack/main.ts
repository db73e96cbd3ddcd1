import { hostname } from "node:os";
import { AegisError, EXIT_CODES } from "../src/kit/errors.ts";
import { startApp } from "./app/app.ts";
import { startBalancer } from "./balancer/balancer.ts";
import type { Host } from "./host.ts";

const ROLES = new Map<string | undefined, (host: Host) => Promise<void>>([
  ["app", startApp],
  ["balancer", startBalancer],
]);

const host: Host = {
  env: process.env,
  hostname: hostname(),
  print: (text, written) => void process.stdout.write(text, written),
  exit: (code) => process.exit(code),
  // Handlers of our own, because a process that is PID 1 ignores signals that it does not handle.
  onTerminate: (listener) => void process.once("SIGTERM", listener).once("SIGINT", listener),
  residentBytes: () => process.memoryUsage.rss(),
};

// Whoever reads our output may go away before us; that must not end a role that is draining.
process.stdout.on("error", () => undefined);

async function main(name: string | undefined): Promise<void> {
  const role = ROLES.get(name);
  if (role === undefined) {
    throw new AegisError(
      "INVALID_INPUT",
      name === undefined ? "no role given" : `unknown role "${name}"`,
      { hint: `the roles are: ${[...ROLES.keys()].join(", ")}` },
    );
  }
  await role(host);
}

main(process.argv[2]).catch((error: unknown) => {
  if (!(error instanceof AegisError)) throw error;
  process.stderr.write(`${error.message}${error.hint === undefined ? "" : `\n${error.hint}`}\n`);
  process.exit(EXIT_CODES[error.code]);
});
