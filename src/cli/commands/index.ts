import { Command } from "commander";
import type { Host } from "../host.ts";
import { chaosRun } from "./chaos-run.ts";
import { down } from "./down.ts";
import { healCommand } from "./heal.ts";
import { status } from "./status.ts";
import { up } from "./up.ts";

/** The table of commands. Each file only declares; what it does is loaded when it is called. */
export function addCommands(program: Command, host: Host): void {
  const chaos = new Command("chaos")
    .summary("harm a stack on purpose, and measure")
    .addCommand(chaosRun(host));
  for (const command of [up(host), down(host), status(host), chaos, healCommand(host)]) {
    program.addCommand(command);
  }
  inherit(program);
}

/** Sub-commands made apart do not inherit how errors end and where output goes. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}
