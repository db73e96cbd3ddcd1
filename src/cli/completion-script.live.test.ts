import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { completionScript } from "./completion-script.ts";
import { completionTree } from "./completion-tree.ts";
import { createProgram } from "./program.ts";
import { fakeHost } from "./testing/fake-host.ts";

const KNOWN = { scenario: ["crash-one", "freeze"], engine: ["process"], run: ["latest"] };
const nodes = completionTree(createProgram(fakeHost()), KNOWN);

test.each([
  ["aegis ch", "chaos"],
  ["aegis chaos ru", "run"],
  ["aegis chaos run fre", "freeze"],
  ["aegis chaos run crash-one fre", "freeze"],
  ["aegis chaos run --se", "--seed"],
  ["aegis chaos run --seed 42 cra", "crash-one"],
  ["aegis up --engine p", "process"],
  ["aegis report latest --format j", "json junit"],
  ["aegis schema r", "report"],
  ["aegis completion z", "zsh"],
  ["aegis up --replicas ", ""],
  ["aegis nonsense", ""],
])("bash completes `%s` to `%s`", (line, expected) => {
  expect(completeInBash(line)).toBe(expected);
});

test("bash offers every command for an empty word", () => {
  const offered = completeInBash("aegis ").split(" ");
  const commands = createProgram(fakeHost()).commands.map((command) => command.name());
  expect(offered.sort()).toEqual(commands.sort());
});

test("the scripts are ones that their shells can read", () => {
  execFileSync("bash", ["-n"], { input: completionScript("bash", "aegis", nodes) });
  // zsh is not everywhere, and its own constructs (arrays, case) are bash's too.
  execFileSync("bash", ["-n"], { input: completionScript("zsh", "aegis", nodes) });
});

function completeInBash(line: string): string {
  const script = `${completionScript("bash", "aegis", nodes)}
read -r -a COMP_WORDS <<< "$1"
case "$1" in *" ") COMP_WORDS+=("");; esac
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_aegis
echo "\${COMPREPLY[*]}"`;
  const args = ["--norc", "-c", script, "bash", line];
  return execFileSync("bash", args, { encoding: "utf8" }).trim();
}
