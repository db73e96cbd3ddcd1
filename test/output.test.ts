import { expect, test, vi } from "vitest";
import { visit } from "./aegis.ts";
import { badDay } from "./bad-day-scenario.ts";
import { nothing, residue } from "./residue.ts";

vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

const CRASH = "{ id: crash, do: crash, target: { service: app }, at: 0s }";
/** Held until it is undone: an exit code that only the verdict can have given. */
const RED = badDay([CRASH], { assert: "main.requests < 10" });

test.concurrent.for([
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

test.concurrent("without a stdin a run ends as always", async (context) => {
  const person = visit(context);
  person.write("s.yaml", RED);
  const { code, stdout } = await person.shell("aegis chaos run s.yaml <&-");
  expect(stdout).toMatch(/^FAIL/);
  expect(code).toBe(1);
  expect(await residue(nothing(person), 0)).toBe("");
});

test.concurrent("without stdout and stderr a run ends as always", async (context) => {
  const person = visit(context);
  person.write("s.yaml", RED);
  const { code } = await person.shell("aegis chaos run s.yaml <&- >&- 2>&-");
  expect(code).toBe(1);
  expect(person.journal().at(-1)).toMatchObject({ type: "run", reason: "complete" });
  expect(await residue(nothing(person), 0)).toBe("");
});
