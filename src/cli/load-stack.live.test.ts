import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadStack, NO_CHOICE } from "./load-stack.ts";
import { fakeHost } from "./testing/fake-host.ts";

const PROCESS = "x-aegis: { process: { command: [node, s.js], port: 80 } }";

describe("where a compose is here that accepts everything", () => {
  /** It says of each file that it is a project without services. */
  const accepted = (text: string | Uint8Array, flags = {}) => {
    const directory = mkdtempSync(join(tmpdir(), "aegis-load-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    writeFileSync(join(directory, "compose.yml"), text);
    const compose = join(directory, "fake-compose");
    writeFileSync(compose, "#!/bin/sh\necho 'name: any'\n", { mode: 0o755 });
    const { world } = fakeHost({ cwd: directory });
    const env = { PATH: process.env["PATH"], AEGIS_COMPOSE: compose };
    return loadStack({ ...world, env }, { compose: directory, ...flags }, NO_CHOICE);
  };
  const GOOD = `services:\n  a: { ${PROCESS} }\n`;
  const bomb = `x-a: &a [${"1, ".repeat(200)}]\nx-b: &b [${"*a, ".repeat(200)}]\n${GOOD}`;

  test.each([
    ["UTF-16", Buffer.from(`\uFEFF${GOOD}`, "utf16le"), "expected UTF-8, got UTF-16"],
    ["an alias bomb", bomb, "aliases expand to more than"],
    ["more than anybody writes", `${GOOD}${"# more\n".repeat(200_000)}`, "the file is too large"],
    ["a key given twice", GOOD.replace("a: {", "a: { image: x, image: y,"), "given twice"],
    ["broken syntax", `${GOOD}  b: [`, "bracket is not closed"],
  ])(
    "processes never become containers because the file cannot be read: %s",
    (_, text, message) => {
      expect(() => accepted(text)).toThrow(message);
      // Who names the engine leaves the file to Docker.
      expect(accepted(text, { engine: "docker" }).engine).toBe("docker");
    },
  );

  test("a file without a key of ours is Docker's to read", () => {
    expect(accepted("services: { a: { image: x, image: y } }").engine).toBe("docker");
  });

  test("anchors, aliases and merge keys are no problem", () => {
    const text = `x-base: &base { ${PROCESS} }\nservices:\n  a: { <<: *base }\n  b: *base\n`;
    expect(accepted(text).engine).toBe("process");
  });
});
