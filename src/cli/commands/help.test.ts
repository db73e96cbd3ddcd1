import { CommanderError } from "commander";
import { expect, test } from "vitest";
import { createProgram } from "../program.ts";
import { fakeHost } from "../testing/fake-host.ts";
import { allExamples, commandsOf, examplesOf, givenBy, pathOf } from "../testing/help-examples.ts";

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
  const examples = allExamples();
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
  const { argv, options } = givenBy("$ aegis chaos run --profile debug --profile slow mine.yaml");
  expect(options["profile"]).toEqual(["debug", "slow"]);
  expect(argv).toEqual(["mine.yaml"]);
  expect(givenBy("$ aegis chaos run mine.yaml").options["profile"]).toBeUndefined();
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

/** Parses one line as a shell would hand it over; nothing is carried out. */
function parse(line: string): Parsed {
  try {
    return { path: givenBy(line).path, error: null };
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return { path: "", error: thrown };
  }
}
