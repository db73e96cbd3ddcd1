import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHost } from "../cli/host.ts";
import type { World } from "../kit/world.ts";
import { createRunDirectory, findRun, type RunDirectory } from "./run-directory.ts";

const host = createHost();
let cwd: string;
let world: World;
let ids: string[];

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), "aegis-runs-")));
  ids = ["0a1b2c3d", "0a1bffff", "77777777"];
  const clock = { ...host.world.clock, wall: () => new Date("2025-06-01T10:20:30.456Z") };
  world = { ...host.world, cwd, clock, drawId: () => ids.shift() as string };
});
afterEach(() => rmSync(cwd, { recursive: true }));

function run(name: string, out: string | null = null): RunDirectory {
  const directory = createRunDirectory(world, name, out);
  writeFileSync(directory.journal, "{}\n");
  return directory;
}

describe("a new run", () => {
  test("has a directory named by time, scenario and id, with latest beside it", () => {
    const first = run("A replica crashes, then one freezes!");
    const runs = join(cwd, ".aegis", "runs");
    expect(first).toEqual({
      id: "0a1b2c3d",
      path: join(runs, "20250601T102030Z-a-replica-crashes-then-one-freezes-0a1b2c3d"),
      journal: join(first.path, "journal.ndjson"),
    });
    expect(readlinkSync(join(runs, "latest"))).toBe(basename(first.path));
    const second = run("storm");
    expect(readlinkSync(join(runs, "latest"))).toBe(basename(second.path));
  });

  test("keeps itself out of git, and leaves a .gitignore that is there", () => {
    run("one");
    const ignore = join(cwd, ".aegis", ".gitignore");
    expect(readFileSync(ignore, "utf8")).toBe("*\n");
    writeFileSync(ignore, "runs\n");
    run("two");
    expect(readFileSync(ignore, "utf8")).toBe("runs\n");
  });

  test("goes where --out says, without a .gitignore there", () => {
    const { path } = run("one", "results/today");
    expect(path.startsWith(join(cwd, "results", "today", "2025"))).toBe(true);
    expect(() => readFileSync(join(cwd, "results", ".gitignore"))).toThrow("ENOENT");
    expect(() => readFileSync(join(cwd, "results", "today", ".gitignore"))).toThrow("ENOENT");
  });

  test.each(["", "../../..", "日本", "x".repeat(400)])("named %j stays in its place", (name) => {
    const { path } = run(name);
    expect(path).toMatch(/\/\.aegis\/runs\/20250601T102030Z-[a-z0-9-]{1,40}-0a1b2c3d$/);
  });

  test("without a symlink for latest is made all the same, and latest is the newest", () => {
    run("one");
    const latest = join(cwd, ".aegis", "runs", "latest");
    rmSync(latest);
    mkdirSync(join(latest, "in-the-way"), { recursive: true });
    const second = run("two");
    expect(findRun(cwd, "latest")).toEqual(second);
  });

  test("in a directory that cannot be written is refused with what to do", () => {
    writeFileSync(join(cwd, ".aegis"), "");
    expect(() => run("one")).toThrow(
      expect.objectContaining({
        code: "ENVIRONMENT",
        message: expect.stringContaining(join(cwd, ".aegis")),
        hint: expect.stringContaining("--out"),
      }),
    );
  });
});

describe("a stored run", () => {
  test("is found by path, journal, id, name, the beginning of either, and as latest", () => {
    const [first, , third] = [run("one"), run("two"), run("three")];
    expect(findRun(cwd, first.path)).toEqual(first);
    expect(findRun(join(cwd, ".aegis"), `runs/${basename(first.path)}`)).toEqual(first);
    expect(findRun(cwd, first.journal)).toEqual(first);
    expect(findRun(cwd, first.id)).toEqual(first);
    expect(findRun(cwd, basename(first.path))).toEqual(first);
    expect(findRun(cwd, "777")).toEqual(third);
    expect(findRun(cwd, "20250601T102030Z-th")).toEqual(third);
    expect(findRun(cwd, "latest")).toEqual(third);
  });

  test("whose id begins like others is found by its whole id", () => {
    ids = ["0a1b2c3d", "0a1b", "0a1bffff"];
    const [, second] = [run("one"), run("two"), run("three")];
    expect(findRun(cwd, "0a1b")).toEqual(second);
  });

  test("elsewhere is found by its path", () => {
    const stored = run("one", "results");
    expect(findRun(cwd, "results/latest")).toEqual(stored);
  });

  test.each([
    ["0a1b", "may be 2 runs", "use one of: 2025"],
    ["7777777", null, null],
    ["8888", 'no run "8888"', "use one of"],
    ["77777767", "no run", 'did you mean "77777777"?'],
    ["latset", "no run", 'did you mean "latest"?'],
    ["", 'no run ""', ""],
    ["a\0b", "no run", ""],
  ])("called %j is refused with what there is", (ref, message, hint) => {
    for (const name of ["one", "two", "three"]) run(name);
    if (message === null) {
      expect(findRun(cwd, ref).id).toBe("77777777");
      return;
    }
    expect(() => findRun(cwd, ref)).toThrow(
      expect.objectContaining({
        code: "INVALID_INPUT",
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });

  test("is made by chaos run, says the refusal where there is none", () => {
    expect(() => findRun(cwd, "latest")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("aegis chaos run") }),
    );
  });

  test("whose directory has no journal does not count", () => {
    const stored = run("one");
    createRunDirectory(world, "two", null);
    expect(findRun(cwd, "latest")).toEqual(stored);
    expect(() => findRun(cwd, "0a1bffff")).toThrow("no run");
  });
});
