import { execFileSync } from "node:child_process";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { visit } from "./aegis.ts";
import { badDay } from "./bad-day-scenario.ts";
import { packed } from "./packed.ts";
import { nothing, residue } from "./residue.ts";

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const CRASH = "{ id: crash, do: crash, target: { service: app }, at: 0s }";

test("a package that root has installed and nobody may write to runs for a user without rights", async (context) => {
  const { prefix, bin } = packed(context).install();
  execFileSync("chmod", ["-R", "a-w,a+rX", prefix]);
  execFileSync("chmod", ["a+rx", dirname(prefix)]);
  const person = visit(context, isRoot ? { bin, uid: NOBODY } : { bin });
  const run = person.start("chaos", "run", person.write("s.yaml", badDay([CRASH])));
  await run.printed(/baseline begins/);
  const { code, stdout } = await run.finished;
  expect(stdout).toMatch(/^PASS +bad day/);
  expect(code).toBe(0);
  expect(await residue(nothing(person), 1)).toBe("");
}, 180_000);
