import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { findComposeFiles } from "./compose-files.ts";
import { loadStack, NO_CHOICE } from "./load-stack.ts";
import { fakeHost } from "./testing/fake-host.ts";

function directoryOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "aegis-files-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

function namesIn(files: readonly string[], env: Record<string, string> = {}): string[] {
  const directory = directoryOf(Object.fromEntries(files.map((name) => [name, ""])));
  const { world } = fakeHost({ cwd: directory });
  return findComposeFiles({ ...world, env }, directory).files.map((file) => basename(file));
}

describe("a directory is what compose would take in it", () => {
  test.each([
    [["docker-compose.yml", "compose.yaml", "compose.yml"], ["compose.yaml"]],
    [["docker-compose.yml", "docker-compose.yaml"], ["docker-compose.yml"]],
    [
      ["compose.yml", "compose.override.yml"],
      ["compose.yml", "compose.override.yml"],
    ],
    [
      ["docker-compose.yml", "docker-compose.override.yml", "other.yml"],
      ["docker-compose.yml", "docker-compose.override.yml"],
    ],
  ])("%j is %j", (files, taken) => expect(namesIn(files)).toEqual(taken));

  test("COMPOSE_FILE names others", () => {
    const files = ["compose.yml", "compose.override.yml", "a.yml", "b.yml"];
    expect(namesIn(files, { COMPOSE_FILE: "a.yml:b.yml" })).toEqual(["a.yml", "b.yml"]);
    const other = { COMPOSE_FILE: "b.yml;a.yml", COMPOSE_PATH_SEPARATOR: ";" };
    expect(namesIn(files, other)).toEqual(["b.yml", "a.yml"]);
  });

  test("without one of them it is a mistake", () => {
    expect(() => namesIn(["other.yml"])).toThrow(/there is no compose file in/);
  });
});

test("a file that is named is that file alone", () => {
  const directory = directoryOf({
    "compose.yml": "",
    "compose.override.yml": "",
    ".env": "A=file\nB=file\n",
  });
  const { world } = fakeHost({ cwd: directory });
  const found = findComposeFiles({ ...world, env: { A: "env" } }, join(directory, "compose.yml"));
  expect(found.files).toEqual([join(directory, "compose.yml")]);
  expect(found.env).toEqual({ A: "env", B: "file" });
});

describe("which engine", () => {
  const PROCESS = "x-aegis: { process: { command: [node, s.js], port: 80 } }";
  const loaded = (text: string, flags = {}) => {
    const compose = directoryOf({ "compose.yml": text });
    // Without a compose on this machine nothing is asked of Docker.
    const { world } = fakeHost({ cwd: compose });
    const alone = { ...world, env: { PATH: "/nowhere" } };
    return loadStack(alone, { compose, ...flags }, NO_CHOICE);
  };

  test("processes, when every service says how", () => {
    expect(loaded(`services: { a: { image: x, ${PROCESS} } }`).engine).toBe("process");
  });

  test("containers, when one does not", () => {
    const text = `services: { a: { image: x, ${PROCESS} }, b: { image: y } }`;
    expect(loaded(text).engine).toBe("docker");
    expect(() => loaded(text, { engine: "process" })).toThrow(/b cannot run as plain processes/);
  });

  test("what is meant for processes has its mistakes told by us", () => {
    expect(() => loaded(`services: { a: { imag: x, ${PROCESS} } }`)).toThrow(
      /did you mean "image"/,
    );
  });

  test("a command is processes alone", () => {
    const { world } = fakeHost();
    const flags = { cmd: "node s.js", engine: "docker" };
    expect(() => loadStack(world, flags, NO_CHOICE)).toThrow(/--cmd runs plain processes/);
  });

  test("an entry that is named is the entry", () => {
    const text = `services: { a: { ${PROCESS} }, b: { ${PROCESS} } }`;
    const named = loaded(text, { entry: { service: "b", port: 8080 } });
    expect(named.stack).toMatchObject({ entry: "b", entryPort: 8080 });
    expect(() => loaded(text, { entry: { service: "c", port: null } })).toThrow(/no service "c"/);
  });
});
