import { Command } from "commander";
import type { Host } from "../host.ts";
import { chaosKinds } from "./chaos-kinds.ts";
import { chaosList } from "./chaos-list.ts";
import { chaosMonkey } from "./chaos-monkey.ts";
import { chaosPlan } from "./chaos-plan.ts";
import { chaosRun } from "./chaos-run.ts";
import { chaosValidate } from "./chaos-validate.ts";
import { completion } from "./completion.ts";
import { doctor } from "./doctor.ts";
import { down } from "./down.ts";
import { healCommand } from "./heal.ts";
import { init } from "./init.ts";
import { judgeCommand } from "./judge.ts";
import { logs } from "./logs.ts";
import { monitor } from "./monitor.ts";
import { report } from "./report.ts";
import { rolloutCommand } from "./rollout.ts";
import { schema } from "./schema.ts";
import { selftest } from "./selftest.ts";
import { status } from "./status.ts";
import { up } from "./up.ts";

/** In the order of `--help`. */
const COMMANDS = [
  up,
  down,
  status,
  logs,
  chaos,
  monitor,
  rolloutCommand,
  healCommand,
  report,
].concat([judgeCommand, init, doctor, selftest, schema, completion]);

const CHAOS = [chaosRun, chaosPlan, chaosValidate, chaosList, chaosKinds, chaosMonkey];

/** The table of commands. Each file only declares; what it does is loaded when it is called. */
export function addCommands(program: Command, host: Host): void {
  for (const command of COMMANDS) program.addCommand(command(host));
  inherit(program);
}

function chaos(host: Host): Command {
  const command = new Command("chaos")
    .summary("harm a stack on purpose, and measure")
    .addHelpText("after", "\nExamples:\n  $ aegis chaos run\n  $ aegis chaos list");
  for (const each of CHAOS) command.addCommand(each(host));
  return command;
}

/** Sub-commands made apart do not inherit how errors end and where output goes. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}
