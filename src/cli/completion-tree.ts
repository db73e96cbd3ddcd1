import type { Argument, Command, Option } from "commander";

/** What may stand after one command, as a completion script needs it. */
export interface CompletionNode {
  /** `chaos run`; empty for the program itself. */
  readonly path: string;
  /** Sub-commands and known values of arguments. */
  readonly words: readonly string[];
  /** `--json`, `-f`. */
  readonly flags: readonly string[];
  readonly values: readonly CompletionValue[];
  /** May an argument be a file? */
  readonly files: boolean;
}

/** An option that takes a value, and what that may be. */
export interface CompletionValue {
  readonly flags: readonly string[];
  readonly words: readonly string[];
  readonly files: boolean;
}

/** Values by what an argument or an option's value is called: `scenario`, `engine`. */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

const FILE_LIKE = /<file>|<dir>|scenario|^run$/;

/** Every command of the tree, the program first. */
export function completionTree(program: Command, known: KnownValues): CompletionNode[] {
  return nodesOf(program, "", known);
}

function nodesOf(command: Command, path: string, known: KnownValues): CompletionNode[] {
  const help = command.createHelp();
  const options = help.visibleOptions(command);
  const children = help.visibleCommands(command).filter((each) => each.name() !== "help");
  const node = {
    path,
    words: [
      ...children.map((each) => each.name()),
      ...command.registeredArguments.flatMap((argument) => wordsOfArgument(argument, known)),
    ],
    flags: options.flatMap(flagsOf),
    values: options
      .filter(({ required, optional }) => required || optional)
      .map((option) => ({
        flags: flagsOf(option),
        words: wordsOfOption(option, known),
        files: FILE_LIKE.test(option.flags),
      })),
    files: command.registeredArguments.some((argument) => FILE_LIKE.test(argument.name())),
  };
  const below = children.flatMap((each) => nodesOf(each, `${path} ${each.name()}`.trim(), known));
  return [node, ...below];
}

function flagsOf({ long, short }: Option): string[] {
  return [long, short].filter((flag) => flag !== undefined && flag !== null);
}

function wordsOfArgument(argument: Argument, known: KnownValues): readonly string[] {
  return argument.argChoices ?? known[argument.name()] ?? [];
}

function wordsOfOption(option: Option, known: KnownValues): readonly string[] {
  return option.argChoices ?? known[option.attributeName()] ?? [];
}
