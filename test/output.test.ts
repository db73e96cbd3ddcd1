import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { visit } from "./aegis.ts";
import { badDay } from "./bad-day-scenario.ts";
import { nothing, residue } from "./residue.ts";

vi.setConfig({ testTimeout: 120_000 });

const CRASH = "{ id: crash, do: crash, target: { service: app }, at: 0s }";
/** Held until it is undone: an exit code that only the verdict can have given. */
const RED = badDay([CRASH], { assert: "main.requests < 10" });

test.for([
  { reader: "| head -1", says: /^FAIL +bad day\n$/ },
  { reader: "| true", says: /^$/ },
  { reader: "2>&1 | true", says: /^$/ },
])("with its output going to `$reader` a run ends as always", async ({ reader, says }, context) => {
  const person = visit(context);
  person.write("s.yaml", RED);
  const { code, stdout, stderr } = await person.shell(
    `aegis chaos run s.yaml ${reader}; exit \${PIPESTATUS[0]}`,
  );
  expect(stdout).toMatch(says);
  expect(stderr).not.toContain("EPIPE");
  expect(code, stderr).toBe(1);
  expect(person.journal().at(-1)).toMatchObject({ type: "run", reason: "complete" });
  expect(await residue(nothing(person), 0)).toBe("");
});

test("without a stdin a run ends as always", async (context) => {
  const person = visit(context);
  person.write("s.yaml", RED);
  const { code, stdout } = await person.shell("aegis chaos run s.yaml <&-");
  expect(stdout).toMatch(/^FAIL/);
  expect(code).toBe(1);
  expect(await residue(nothing(person), 0)).toBe("");
});

test("without stdout and stderr a run ends as always", async (context) => {
  const person = visit(context);
  person.write("s.yaml", RED);
  const { code } = await person.shell("aegis chaos run s.yaml <&- >&- 2>&-");
  expect(code).toBe(1);
  expect(person.journal().at(-1)).toMatchObject({ type: "run", reason: "complete" });
  expect(await residue(nothing(person), 0)).toBe("");
});

test.for(["--version", "--help", "chaos list", "chaos validate s.yaml"])(
  "`aegis %s` whose output cannot be written says so, and does not end well",
  async (command, context) => {
    const person = visit(context);
    person.write("s.yaml", RED);
    const ended = await person.shell(`aegis ${command} > /dev/full`);
    expect(ended.stderr.match(/cannot write to stdout: ENOSPC/g)).toHaveLength(1);
    expect(ended.code, ended.stderr).toBe(4);
    expect((await person.shell(`aegis ${command} > /dev/full 2>&1`)).code).toBe(4);
  },
);

test("a run whose report cannot be written is played to its end, and its verdict can be read later", async (context) => {
  const person = visit(context);
  person.write("s.yaml", RED);
  const { code, stderr } = await person.shell("aegis chaos run s.yaml > /dev/full");
  expect(stderr).toContain("error: cannot write to stdout: ENOSPC");
  expect(stderr).toContain("aegis report latest");
  expect(code).toBe(4);
  expect(person.journal().at(-1)).toMatchObject({ type: "run", reason: "complete" });
  expect((await person.run("report", "latest")).stdout).toMatch(/^FAIL/);
  expect(await residue(nothing(person), 0)).toBe("");
});

test("a monitor ends when its lines cannot be written any more", async (context) => {
  const person = visit(context);
  expect((await person.run("up")).code).toBe(0);
  const { code, stderr } = await person.shell("aegis monitor > /dev/full");
  expect(stderr).toContain("error: cannot write to stdout: ENOSPC");
  expect(code).toBe(4);
  expect((await person.run("down")).code).toBe(0);
});

test.runIf(process.getuid?.() === 0)(
  "a file that takes only a part of what is printed is no success",
  async (context) => {
    const person = visit(context);
    const disk = join(person.home, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4k", "tmpfs", disk]);
    context.onTestFinished(() => void execFileSync("umount", ["--lazy", disk]));
    const { code, stderr } = await person.shell(`aegis schema > ${disk}/schema.json`);
    expect(stderr).toContain("error: cannot write to stdout: ENOSPC");
    expect(code).toBe(4);
  },
);
