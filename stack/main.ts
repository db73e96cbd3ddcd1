import { hostname } from "node:os";
import { AegisError, EXIT_CODES } from "../src/kit/errors.ts";
import type { Host } from "./host.ts";

type Role = (host: Host) => Promise<void>;

/** Loaded when it is asked for: half of what an app takes to start went into the libraries of the others. */
const ROLES = new Map<string | undefined, () => Promise<Role>>([
  ["app", async () => (await import("./app/app.ts")).startApp],
  ["balancer", async () => (await import("./balancer/balancer.ts")).startBalancer],
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
  const load = ROLES.get(name);
  if (load === undefined) {
    throw new AegisError(
      "INVALID_INPUT",
      name === undefined ? "no role given" : `unknown role "${name}"`,
      { hint: `the roles are: ${[...ROLES.keys()].join(", ")}` },
    );
  }
  const start = await load();
  await start(host);
}

main(process.argv[2]).catch((error: unknown) => {
  if (!(error instanceof AegisError)) throw error;
  process.stderr.write(`${error.message}${error.hint === undefined ? "" : `\n${error.hint}`}\n`);
  process.exit(EXIT_CODES[error.code]);
});
