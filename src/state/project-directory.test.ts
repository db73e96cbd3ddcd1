import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHost } from "../cli/host.ts";
import type { World } from "../kit/world.ts";
import type { Stack } from "../model/stack.ts";
import {
  forgetProject,
  listProjects,
  projectDirectory,
  projectPath,
  recallProject,
  rememberProject,
} from "./project-directory.ts";

const stack: Stack = {
  project: "shop",
  file: null,
  directory: "/srv/shop",
  profiles: [],
  replicas: [],
};
const record = { engine: "process", stack, owned: true };
const host = createHost();
let home: string;
let world: World;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "aegis-state-"));
  world = { ...host.world, stateHome: join(home, "deep", "state") };
});
afterEach(() => rmSync(home, { recursive: true }));

describe("the directory of a project", () => {
  test.each(["shop", "../../etc", "a/b", "", "Größe XL", ".", "x".repeat(300), "日本", "a\nb"])(
    "of %j is made directly below the state home, private and short",
    (project) => {
      const directory = projectDirectory(world, "process", project);
      expect(dirname(directory)).toBe(world.stateHome);
      expect(statSync(directory).mode & 0o777).toBe(0o700);
      expect(directory.length - world.stateHome.length).toBeLessThanOrEqual(42);
      expect(projectDirectory(world, "process", project)).toBe(directory);
    },
  );

  test("can be named without being made", () => {
    const path = projectPath(world, "process", "shop");
    expect(existsSync(world.stateHome)).toBe(false);
    expect(projectDirectory(world, "process", "shop")).toBe(path);
  });

  test.runIf(existsSync("/proc/self"))(
    "that cannot be made is told, and not tried for ever",
    () => {
      const nowhere = { ...world, stateHome: "/proc/nope/aegis" };
      expect(() => projectDirectory(nowhere, "process", "shop")).toThrow(
        expect.objectContaining({
          code: "ENVIRONMENT",
          hint: expect.stringContaining("AEGIS_HOME"),
        }),
      );
    },
  );

  test("differs for projects and engines whose names read the same", () => {
    const pairs = [
      ["docker", "a b"],
      ["docker", "a-b"],
      ["docker", "A-b"],
      ["docker@tcp://one:2375", "a-b"],
      ["docker@tcp://two:2375", "a-b"],
    ] as const;
    const directories = pairs.map(([engine, project]) => projectDirectory(world, engine, project));
    expect(new Set(directories).size).toBe(pairs.length);
  });

  test("that was opened to others is closed again", () => {
    const directory = projectDirectory(world, "process", "shop");
    chmodSync(directory, 0o755);
    projectDirectory(world, "process", "shop");
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test("that cannot be made is a matter of the environment, with what to do", () => {
    writeFileSync(join(home, "file"), "");
    const blocked = { ...world, stateHome: join(home, "file") };
    expect(() => projectDirectory(blocked, "process", "shop")).toThrow(
      expect.objectContaining({
        code: "ENVIRONMENT",
        message: expect.stringContaining(join(home, "file")),
        hint: expect.stringContaining("AEGIS_HOME"),
      }),
    );
  });
});

describe("a remembered project", () => {
  test("is found again with its whole stack, and readable by its owner only", () => {
    const directory = projectDirectory(world, "process", "shop");
    rememberProject(directory, record, world);
    expect(listProjects(world)).toEqual([{ stateDirectory: directory, record, problem: null }]);
    expect(recallProject(directory)).toEqual(record);
    expect(statSync(join(directory, "project.json")).mode & 0o777).toBe(0o600);
  });

  test("is replaced by the next record, and gone when it is forgotten, twice", () => {
    const directory = projectDirectory(world, "process", "shop");
    rememberProject(directory, record, world);
    rememberProject(directory, { ...record, owned: false }, world);
    expect(recallProject(directory)?.owned).toBe(false);
    forgetProject(directory);
    forgetProject(directory);
    expect(listProjects(world)).toEqual([]);
    expect(recallProject(directory)).toBeNull();
  });

  test.each(["{", "null", '{"engine":"process"}'])(
    "that reads %s is listed with its problem",
    (text) => {
      const directory = projectDirectory(world, "process", "shop");
      writeFileSync(join(directory, "project.json"), text);
      expect(listProjects(world)).toEqual([
        {
          stateDirectory: directory,
          record: null,
          problem: expect.stringContaining("project.json"),
        },
      ]);
    },
  );

  test("is not expected where aegis was never used, nor are other files", () => {
    expect(listProjects(world)).toEqual([]);
    projectDirectory(world, "process", "shop");
    writeFileSync(join(world.stateHome, "notes.txt"), "");
    expect(listProjects(world)).toEqual([]);
  });
});
