import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
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

test("the script for bash is one that it can read", () => {
  execFileSync("bash", ["-n"], { input: completionScript("bash", "aegis", nodes) });
});

describe.skipIf(!hasZsh())("zsh", () => {
  test("can read the script for it", () => {
    execFileSync("zsh", ["-f", "-n"], { input: completionScript("zsh", "aegis", nodes) });
  });

  const cases = [
    ["aegis ch", "aegis chaos "],
    ["aegis chaos ru", "aegis chaos run "],
    ["aegis chaos run fre", "aegis chaos run freeze "],
    ["aegis chaos run crash-one fre", "aegis chaos run crash-one freeze "],
    ["aegis chaos run --se", "aegis chaos run --seed "],
    ["aegis chaos run --seed 42 cra", "aegis chaos run --seed 42 crash-one "],
    ["aegis up --engine p", "aegis up --engine process "],
    ["aegis report latest --format js", "aegis report latest --format json "],
    ["aegis schema r", "aegis schema report "],
    ["aegis completion z", "aegis completion zsh "],
    ["aegis chaos run own-sc", "aegis chaos run own-scenario.yaml "],
    ["aegis up --replicas ", "aegis up --replicas "],
    ["aegis nonsense ", "aegis nonsense "],
  ] as const;

  test("makes of each line what it should at a press of Tab", () => {
    expect(completeInZsh(cases.map(([line]) => line))).toEqual(cases.map(([, full]) => full));
  });
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

function hasZsh(): boolean {
  try {
    execFileSync("zsh", ["--version"]);
    return true;
  } catch {
    return false;
  }
}

/** An interactive zsh on a terminal of its own, in which Tab completes, shows the line between two marks, and clears it. */
const ZSH = String.raw`
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= RPS1=; unsetopt prompt_cr prompt_sp; autoload -Uz compinit; compinit -u -D; source script"
zpty -w shell 'told() { zle complete-word; print -rn -- $'"'\x01'"'"$BUFFER"$'"'\x02'"'; BUFFER=; }; zle -N told; bindkey "^I" told'
for line in "$@"; do
  zpty -w -n shell "$line"$'\t'
  zpty -r shell said $'*\x01*\x02'
  print -rn -- $said
done
zpty -d shell
`;

/** What a person's lines become; all in one shell, as it takes a while to begin. */
function completeInZsh(lines: readonly string[]): string[] {
  const cwd = mkdtempSync(join(tmpdir(), "aegis-zsh-"));
  try {
    writeFileSync(join(cwd, "script"), completionScript("zsh", "aegis", nodes));
    writeFileSync(join(cwd, "own-scenario.yaml"), "");
    const args = ["-f", "-c", ZSH, "zsh", ...lines];
    const printed = execFileSync("zsh", args, { cwd, encoding: "utf8", timeout: 30_000 });
    const shown = printed.split("\u0001").slice(1);
    return shown.map((text) => text.split("\u0002")[0] as string);
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
