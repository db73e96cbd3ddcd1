import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, describe, expect, test } from "vitest";
import { DECLARED_RELEASE } from "../released.ts";
import { asProcess, demandProgram } from "./program.ts";

const directory = mkdtempSync(join(tmpdir(), "aegis-program-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
writeFileSync(join(directory, "run"), "#!/bin/sh\n");
writeFileSync(join(directory, "text"), "");
chmodSync(join(directory, "run"), 0o755);
chmodSync(join(directory, "text"), 0o644);

const launch = (file: string, env: Record<string, string> = { PATH: "/usr/bin:/bin" }) => ({
  file,
  args: [],
  cwd: directory,
  env,
});

describe("a program is there", () => {
  test.each([
    ["by its path", launch(execPath)],
    ["by its path from the directory that it is started in", launch("./run")],
    ["in PATH", launch("sh")],
    ["in a directory of PATH that is relative", launch("run", { PATH: "/bin:." })],
    ["where programs are without a PATH", launch("sh", {})],
  ])("%s", (_how, launched) => demandProgram(launched, "web1"));
});

describe("a program is not there", () => {
  test.each([
    [launch("/no/such"), "web1 could not start: command not found: /no/such"],
    [launch("no-such-program"), "web1 could not start: command not found: no-such-program"],
    [launch("run"), "web1 could not start: command not found: run"],
    [launch("./text"), `web1 could not start: not executable: ${directory}/text`],
    [launch("/usr/bin"), "web1 could not start: not executable: /usr/bin"],
    [
      { ...launch("sh"), cwd: "/no/such" },
      "web1 could not start: its directory /no/such does not exist",
    ],
  ])("%s", (launched, message) => {
    expect(() => demandProgram(launched, "web1")).toThrow(
      expect.objectContaining({ code: "ENVIRONMENT", message, hint: expect.any(String) }),
    );
  });
});

describe("a release as a plain process", () => {
  const build = { context: "/src", dockerfile: null, target: null, args: {} };

  test.each([
    [
      { name: "v2", image: "web:2" },
      "version v2 has only an image: plain processes need env or process.command",
    ],
    [
      { name: "v2", build },
      "version v2 has only a build: plain processes need env or process.command",
    ],
    [
      { image: "web:2" },
      "this version has only an image: plain processes need env or process.command",
    ],
  ])("%j is refused", (release, message) => {
    expect(() => asProcess({ ...DECLARED_RELEASE, ...release })).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT", message }),
    );
  });

  test("has no image, whatever else it has", () => {
    const env = { A: "1" };
    expect(asProcess({ ...DECLARED_RELEASE, env, image: "web:2" })).toEqual({
      ...DECLARED_RELEASE,
      env,
    });
    expect(asProcess({ ...DECLARED_RELEASE, command: ["a"], build })).toEqual({
      ...DECLARED_RELEASE,
      command: ["a"],
    });
    expect(asProcess(DECLARED_RELEASE)).toEqual(DECLARED_RELEASE);
  });
});
