import { Command, CommanderError } from "commander";
import { AegisError, EXIT_CODES } from "../kit/errors.ts";
import { addCommands } from "./commands/index.ts";
import { createHost, type Host } from "./host.ts";
import { versionOf } from "./version.ts";

const INTERNAL_ERROR = 70;

/** Runs one command line and sets the exit code: the only error boundary. Never rejects. */
export async function main(): Promise<void> {
  const host = createHost();
  try {
    await createProgram(host).parseAsync([...host.argv], { from: "user" });
  } catch (thrown) {
    host.setExitCode(report(host, thrown));
  }
}

/** The whole command tree, also for completion and the tests of `--help`. */
export function createProgram(host: Host): Command {
  const program = new Command("aegis")
    .description(
      "Starts a stack, harms it on a schedule, and says whether its users would have noticed.",
    )
    .version(versionOf(host), "-V, --version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.raw(text),
      writeErr: (text) => host.stderr.raw(text),
      getOutHelpWidth: () => host.stdout.width,
      getErrHelpWidth: () => host.stderr.width,
    })
    .showHelpAfterError("(--help shows what there is)")
    .addHelpText(
      "after",
      `
Examples:
  $ aegis chaos run                  start the bundled stack, harm it, judge it
  $ aegis up && aegis monitor        start it, and watch it
  $ aegis init                       write a scenario for a stack of yours`,
    );
  addCommands(program, host);
  return program;
}

function report(host: Host, thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : EXIT_CODES.INVALID_INPUT;
  if (thrown instanceof AegisError) {
    host.stderr.line(`error: ${thrown.message}`);
    if (thrown.hint !== undefined) host.stderr.line(`  ${thrown.hint.replaceAll("\n", "\n  ")}`);
    return EXIT_CODES[thrown.code];
  }
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  host.stderr.line(`This is a bug in aegis ${versionOf(host)}, not in your stack:\n${stack}`);
  host.stderr.line(
    "Please report it with the command you ran and the text above; `aegis heal` undoes what was left.",
  );
  return INTERNAL_ERROR;
}
