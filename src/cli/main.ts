import { createHost } from "./host.ts";
import { versionOf } from "./version.ts";

/** Asked for by scripts and prompts, again and again: answered without the tree of commands. */
const VERSION_FLAGS = ["--version", "-V"];

/** Runs the command line of this process and sets its exit code. */
export async function main(): Promise<void> {
  const host = createHost();
  const [only = "", ...others] = host.argv;
  if (VERSION_FLAGS.includes(only) && others.length === 0) host.stdout.line(versionOf(host));
  else await (await import("./program.ts")).runCommandLine(host);
}
