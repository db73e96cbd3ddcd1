import type { Command } from "commander";
import { splitWords } from "../../compose/words.ts";
import { createProgram } from "../program.ts";
import { type FakeHost, fakeHost } from "./fake-host.ts";

/** What a command would be called with. */
export interface Given {
  /** `chaos run` */
  readonly path: string;
  readonly argv: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** The lines of a command's help that show how it is called. */
export function examplesOf(host: FakeHost, command: Command): string[] {
  const before = host.out.length;
  command.outputHelp();
  const help = host.out.slice(before).join("");
  return [...help.matchAll(/^\s*(\$ aegis .*)$/gm)].map((match) => match[1] as string);
}

/** Of each command of the program, and of the program itself. */
export function allExamples(): readonly { readonly line: string; readonly command: string }[] {
  const host = fakeHost();
  return commandsOf(createProgram(host)).flatMap((command) =>
    examplesOf(host, command).map((line) => ({ line, command: pathOf(command) })),
  );
}

/** Parses one line as a shell would hand it over; nothing is carried out. Throws what commander has against it. */
export function givenBy(line: string): Given {
  const program = createProgram(fakeHost());
  let given: Given = { path: "", argv: [], options: {} };
  for (const command of commandsOf(program).filter(({ commands }) => commands.length === 0)) {
    command.action(() => {
      given = { path: pathOf(command), argv: command.args, options: command.opts() };
    });
  }
  program.parse(argumentsOf(line), { from: "user" });
  return given;
}

/** The words after `$ aegis`, up to what is the shell's or a remark. */
export function argumentsOf(line: string): string[] {
  const own = line.replace(/^\$ aegis /, "").split(/ (?:&&|>|\|) | {2,}/)[0] as string;
  const words = splitWords(own);
  if (!Array.isArray(words)) throw new Error(`${line}: ${words.message}`);
  return words;
}

/** It and every command below it. */
export function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

/** `aegis chaos run` -> `chaos run` */
export function pathOf(command: Command): string {
  return command.parent === null ? "" : `${pathOf(command.parent)} ${command.name()}`.trim();
}
