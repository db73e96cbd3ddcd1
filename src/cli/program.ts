import { Command, type Option } from "commander";
import { addCommands } from "./commands/index.ts";
import type { Host } from "./host.ts";
import { reportError } from "./report-error.ts";
import { versionOf } from "./version.ts";

/** Runs one command line and sets the exit code: the only error boundary. Never rejects. */
export async function runCommandLine(host: Host): Promise<void> {
  host.whenUncaught((thrown) => reportError(host, thrown));
  try {
    await createProgram(host).parseAsync([...host.argv], { from: "user" });
  } catch (thrown) {
    host.setExitCode(reportError(host, thrown));
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
    .configureHelp({ optionDescription: describeOption })
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

/** With the default as it could be typed; that a switch is off, or a list empty, goes without saying. */
function describeOption(option: Option): string {
  const { description, argChoices = [], defaultValue: value, defaultValueDescription } = option;
  const shown = defaultValueDescription ?? (typeof value === "boolean" ? "" : `${value ?? ""}`);
  const facts = [
    ...(argChoices.length > 0 ? [`choices: ${argChoices.join(", ")}`] : []),
    ...(shown === "" ? [] : [`default: ${shown}`]),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join("; ")})`;
}
