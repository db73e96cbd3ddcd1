import { Argument, Command } from "commander";
import type { Host } from "../host.ts";

/** `aegis completion bash|zsh`: prints a script for the shell. */
export const completion = (host: Host): Command =>
  new Command("completion")
    .summary("print a completion script for bash or zsh")
    .addArgument(new Argument("<shell>", "which shell").choices(["bash", "zsh"]))
    .addHelpText(
      "after",
      `
Examples:
  $ aegis completion bash > ~/.local/share/bash-completion/completions/aegis
  $ aegis completion zsh > ~/.zfunc/_aegis`,
    )
    .action(async (shell: "bash" | "zsh", _flags: object, self: Command) =>
      (await import("../print-completion.ts")).printCompletion(host, shell, self),
    );
