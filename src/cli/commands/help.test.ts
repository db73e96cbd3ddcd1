import { type Command, CommanderError } from "commander";
import { expect, test } from "vitest";
import { splitWords } from "../../compose/words.ts";
import { createProgram } from "../program.ts";
import { type FakeHost, fakeHost } from "../testing/fake-host.ts";

interface Parsed {
  readonly path: string;
  readonly error: CommanderError | null;
}

test("every command says what it does and shows an example", () => {
  const host = fakeHost();
  for (const command of commandsOf(createProgram(host))) {
    expect(command.summary() || command.description(), pathOf(command)).not.toBe("");
    expect(examplesOf(host, command).length, `examples of ${pathOf(command)}`).toBeGreaterThan(0);
  }
});

test("every example of every help is a command line that aegis takes", () => {
  const host = fakeHost();
  const examples = commandsOf(createProgram(host)).flatMap((command) =>
    examplesOf(host, command).map((line) => ({ line, command: pathOf(command) })),
  );
  for (const { line, command } of examples) {
    const { path, error } = parse(line);
    expect(error?.message, line).toBeUndefined();
    expect(path.startsWith(command), `${line} shows ${command}`).toBe(true);
  }
  expect(examples.length).toBeGreaterThan(30);
});

test("an example with a wrong flag would be found out", () => {
  expect(parse("$ aegis monitor --fro 30s").error?.message).toContain("--fro");
  expect(parse("$ aegis chaos run --seed many").error?.message).toContain("many");
});

test.each([
  ["aegis chaso run", "(Did you mean chaos?)"],
  ["aegis chaos rnu", "(Did you mean run?)"],
  ["aegis up --compse x.yml", "(Did you mean --compose?)"],
  ["aegis monitor --rate 20", "such as 20/s"],
  ["aegis monitor --for 30", "such as 30s"],
  ["aegis up --replicas none", "a whole number above 0"],
  ["aegis report latest --format pdf", "Allowed choices are terminal, json, junit, markdown"],
  ["aegis judge", "missing required argument 'run'"],
  ["aegis down now", "too many arguments"],
  ["aegis chaos monkey --kinds crash,,pause", "names with commas"],
])("%s is refused, and told how to write it", (line, said) => {
  const { error } = parse(`$ ${line}`);
  expect(error?.exitCode).not.toBe(0);
  expect(error?.message.replaceAll("\n", " ")).toContain(said);
});

test("a profile takes one name, so that what follows is a scenario, and is repeatable", () => {
  const { argv, options } = taken("$ aegis chaos run --profile debug --profile slow mine.yaml");
  expect(options["profile"]).toEqual(["debug", "slow"]);
  expect(argv).toEqual(["mine.yaml"]);
  expect(taken("$ aegis chaos run mine.yaml").options["profile"]).toBeUndefined();
});

test("every default is shown as it could be typed", () => {
  const shown = commandsOf(createProgram(fakeHost())).flatMap(({ options }) =>
    options.flatMap(({ long, defaultValue: value, defaultValueDescription, parseArg }) => {
      const isNone = value === undefined || (Array.isArray(value) && value.length === 0);
      if (parseArg === undefined || isNone) return [];
      return [{ long, value, typed: parseArg(defaultValueDescription ?? `${value}`, undefined) }];
    }),
  );
  expect(shown.map(({ long }) => long)).toContain("--every");
  for (const { long, value, typed } of shown) expect(typed, long ?? "").toEqual(value);
});

/** What a command is given of a line that it takes. */
function taken(line: string): { argv: readonly string[]; options: Record<string, unknown> } {
  const program = createProgram(fakeHost());
  const given = { argv: [] as readonly string[], options: {} };
  for (const command of commandsOf(program).filter(({ commands }) => commands.length === 0)) {
    command.action(() => {
      Object.assign(given, { argv: command.args, options: command.opts() });
    });
  }
  program.parse(argumentsOf(line), { from: "user" });
  return given;
}

/** Parses one line as a shell would hand it over; nothing is carried out. */
function parse(line: string): Parsed {
  const program = createProgram(fakeHost());
  let path = "";
  for (const command of commandsOf(program).filter(({ commands }) => commands.length === 0)) {
    command.action(() => {
      path = pathOf(command);
    });
  }
  try {
    program.parse(argumentsOf(line), { from: "user" });
    return { path, error: null };
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return { path, error: thrown };
  }
}

function argumentsOf(line: string): string[] {
  const own = line.replace(/^\$ aegis /, "").split(/ (?:&&|>|\|) | {2,}/)[0] as string;
  const words = splitWords(own);
  if (!Array.isArray(words)) throw new Error(`${line}: ${words.message}`);
  return words;
}

function examplesOf(host: FakeHost, command: Command): string[] {
  return [...helpOf(host, command).matchAll(/^\s*(\$ aegis .*)$/gm)].map(
    (match) => match[1] as string,
  );
}

function helpOf(host: FakeHost, command: Command): string {
  const before = host.out.length;
  command.outputHelp();
  return host.out.slice(before).join("");
}

function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)];
}

/** `aegis chaos run` -> `chaos run` */
function pathOf(command: Command): string {
  return command.parent === null ? "" : `${pathOf(command.parent)} ${command.name()}`.trim();
}
