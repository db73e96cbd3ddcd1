import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, type TestContext, test, vi } from "vitest";
import { type Person, visit } from "./aegis.ts";
import { badDay } from "./bad-day-scenario.ts";
import { look, nothing, residue } from "./residue.ts";

vi.setConfig({ testTimeout: 120_000 });

const FREEZE = "{ id: freeze, do: pause, target: { replica: app1 }, at: 0s, for: 2s }";

/** A disk of 1 MiB, full but for so many KiB. */
function disk(person: Person, { onTestFinished }: TestContext, free: number): string {
  const path = join(person.home, "disk");
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", path]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", path]));
  writeFileSync(join(path, "filler"), Buffer.alloc((1024 - free) * 1024));
  return path;
}

/** Leaves nothing free. */
function fill(path: string): void {
  const chunk = Buffer.alloc(4096);
  try {
    for (;;) appendFileSync(join(path, "filler"), chunk);
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: "ENOSPC" });
  }
}

describe.runIf(process.getuid?.() === 0)("a disk that is full", () => {
  test("while a replica is frozen: inconclusive, and the harm is undone", async (context) => {
    const person = visit(context);
    expect((await person.run("up")).code).toBe(0);
    const before = await look(person);
    const out = disk(person, context, 64);
    const run = person.start(
      "chaos",
      "run",
      person.write("s.yaml", badDay([FREEZE])),
      "--out",
      out,
    );
    await run.printed(/freeze#1: pause of app1/);
    fill(out);
    const { code, stdout } = await run.finished;
    expect(stdout).toMatch(/^INCONCLUSIVE +bad day\nThe journal could not be written: ENOSPC/);
    expect(code).toBe(3);
    expect(person.ledger()).toEqual([]);
    expect(await residue(before, 1)).toBe("");
  });

  test("from the beginning: nothing is harmed", async (context) => {
    const person = visit(context);
    const scenario = person.write("s.yaml", badDay([FREEZE]));
    const { code, stderr } = await person.run(
      ...["chaos", "run", scenario, "--out", disk(person, context, 0)],
    );
    expect(stderr).toMatch(/cannot write the journal .*: ENOSPC/);
    expect(stderr).not.toContain("begins");
    expect(code).toBe(4);
    expect(await residue(nothing(person), 1)).toBe("");
  });

  test("where harm must be written down first: it is not done", async (context) => {
    const person = visit(context);
    person.env["AEGIS_HOME"] = disk(person, context, 1024);
    expect((await person.run("up")).code).toBe(0);
    const before = await look(person);
    const run = person.start("chaos", "run", person.write("s.yaml", badDay([FREEZE])));
    await run.printed(/baseline begins/);
    fill(person.env["AEGIS_HOME"]);
    const { code, stdout } = await run.finished;
    expect(stdout).toMatch(/^INCONCLUSIVE/);
    expect(code).toBe(3);
    const failed = person.journal().filter(({ stage }) => stage === "failed");
    expect(failed).toMatchObject([
      { injection: "freeze#1", detail: expect.stringMatching(/cannot use the ledger .*: ENOSPC/) },
    ]);
    const paused = person
      .journal()
      .filter(({ type, event }) => type === "engine" && (event as Event).type === "paused");
    expect(paused).toEqual([]);
    expect(await residue(before, 1)).toBe("");
  });
});

interface Event {
  readonly type: string;
}
