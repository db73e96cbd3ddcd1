import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { type Person, visit } from "./aegis.ts";
import { badDay } from "./bad-day-scenario.ts";
import { nothing, residue } from "./residue.ts";

vi.setConfig({ testTimeout: 120_000 });

const FREEZE = "{ id: freeze, do: pause, target: { replica: app1 }, at: 0s, for: 60s }";
const AGAIN =
  "{ id: again, do: crash, target: { replica: app2 }, at: 500ms, repeat: { every: 100ms, times: 600 } }";

/** A file in the state directory of this person. */
function inHome(person: Person, name: string, text = ""): string {
  const home = person.env["AEGIS_HOME"] as string;
  mkdirSync(home, { recursive: true });
  const path = join(home, name);
  writeFileSync(path, text);
  return path;
}

test("a denied project is never harmed, with leave or without; all that only looks goes on", async (context) => {
  const person = visit(context, { env: { AEGIS_ALLOW: "prod-eu" } });
  const list = inHome(person, "deny", "# ours\nprod-*\n");
  const on = ["--project", "prod-eu"];
  for (const command of [
    ["chaos", "run", "--allow", "prod-eu"],
    ["chaos", "monkey", "--for", "1s"],
  ]) {
    const { code, stderr } = await person.run(...command, ...on);
    expect(stderr).toContain(`${list}:2 ("prod-*")`);
    expect(code).toBe(2);
  }
  expect((await person.run("status", ...on)).stdout).toContain("prod-eu (process): down");
  expect((await person.run("chaos", "plan", ...on)).code).toBe(0);
  expect((await person.run("up", ...on)).code).toBe(0);
  expect((await person.run("monitor", "--for", "1s", ...on)).code).toBe(0);
  expect((await person.run("down", ...on)).code).toBe(0);
  expect(await residue(nothing(person), 1)).toBe("");
});

test("several scenarios are refused together, before the first is played, when one is about a denied project", async (context) => {
  const person = visit(context);
  inHome(person, "deny", "prod\n");
  const free = person.write("free.yaml", badDay([FREEZE]));
  const denied = person.write("denied.yaml", `${badDay([FREEZE])}stack: { project: prod }\n`);
  const { code, stderr } = await person.run("chaos", "run", free, denied);
  expect(stderr).toContain("project prod is on the deny list");
  expect(code).toBe(2);
  expect(await residue(nothing(person), 0)).toBe("");
});

test("a STOP file that is there keeps everything from being harmed, and says how to lift it", async (context) => {
  const person = visit(context);
  mkdirSync(join(person.cwd, ".aegis"));
  const stop = person.write(".aegis/STOP", "");
  for (const command of ["run", "monkey"]) {
    const { code, stderr } = await person.run("chaos", command);
    expect(stderr).toContain(`nothing is harmed while there is a STOP file: ${stop}`);
    expect(stderr).toContain(`rm ${stop}`);
    expect(code).toBe(4);
  }
});

test("a STOP file that appears ends a run: everything is undone, and the run is inconclusive", async (context) => {
  const person = visit(context);
  const run = person.start("chaos", "run", person.write("s.yaml", badDay([FREEZE, AGAIN])));
  await run.printed(/freeze#1: pause of app1/);
  const stop = inHome(person, "STOP");
  const { code, stdout } = await run.finished;
  expect(stdout).toContain(`stopped by the STOP file ${stop}`);
  expect(stdout).toContain("INCONCLUSIVE");
  expect(code).toBe(3);
  expect(person.journal().at(-1)).toMatchObject({ type: "run", reason: "stopped" });
  expect(person.ledger()).toEqual([]);
  expect(await residue(nothing(person), 1)).toBe("");
});

test("a STOP file that appears ends a monkey too", async (context) => {
  const person = visit(context);
  const monkey = person.start("chaos", "monkey", "--kinds", "pause", "--hold", "60s");
  await monkey.printed(/monkey#1: pause of app/);
  inHome(person, "STOP");
  const { code, stdout } = await monkey.finished;
  expect(stdout).toContain("stopped by the STOP file");
  expect(code).toBe(3);
  expect(await residue(nothing(person), 1)).toBe("");
});

test("a rollout that is forbidden is refused before its image is asked for, and may still be planned", async (context) => {
  const person = visit(context);
  expect((await person.run("up")).code).toBe(0);
  const moves = [
    ["--image", "nowhere/app:2"],
    ["--to", "v2"],
  ];
  const stop = inHome(person, "STOP");
  for (const move of moves) {
    const { code, stderr } = await person.run("rollout", "app", ...move);
    expect(stderr).toMatch(/^error: nothing is harmed while there is a STOP file/);
    expect(code).toBe(4);
  }
  rmSync(stop);
  inHome(person, "deny", "aegis\n");
  for (const move of moves) {
    const { code, stderr } = await person.run("rollout", "app", ...move);
    expect(stderr).toMatch(/^error: project aegis is on the deny list/);
    expect(code).toBe(2);
  }
  const plan = await person.run("rollout", "app", "--to", "v2", "--plan");
  expect(plan.stdout).toMatch(/^app1 +surge +v1 +v2$/m);
  expect(plan.code).toBe(0);
  expect((await person.run("down")).code).toBe(0);
});

test("a stack of processes is ours even when its record is lost", async (context) => {
  const person = visit(context);
  expect((await person.run("up")).code).toBe(0);
  const home = person.env["AEGIS_HOME"] as string;
  for (const project of readdirSync(home)) rmSync(join(home, project, "project.json"));
  const crash = "{ id: crash, do: crash, target: { replica: app1 }, at: 0s }";
  const { code, stderr } = await person.run(
    "chaos",
    "run",
    person.write("s.yaml", badDay([crash])),
  );
  expect(stderr).not.toContain("--allow");
  expect([0, 1, 3]).toContain(code);
  expect(await person.run("down")).toMatchObject({ code: 0, stdout: "aegis is down\n" });
  expect(await residue(nothing(person), 1)).toBe("");
});
