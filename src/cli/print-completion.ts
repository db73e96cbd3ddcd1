import type { Command } from "commander";
import { engineNames } from "../engines/registry.ts";
import { completionScript } from "./completion-script.ts";
import { completionTree } from "./completion-tree.ts";
import type { Host } from "./host.ts";
import { kinds } from "./kinds.ts";
import { bundledScenarios } from "./load-plans.ts";
import { fitting } from "./run-monkey.ts";

/** Prints the completion script of the whole command tree that `self` belongs to. */
export function printCompletion(host: Host, shell: "bash" | "zsh", self: Command): void {
  const program = self.parent ?? self;
  const values = {
    scenario: [...bundledScenarios(host.world).keys()],
    kind: kinds.map(({ name }) => name),
    kinds: fitting(),
    engine: engineNames,
    run: ["latest"],
  };
  host.stdout.raw(completionScript(shell, program.name(), completionTree(program, values)));
}
