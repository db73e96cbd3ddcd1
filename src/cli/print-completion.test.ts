import { expect, test } from "vitest";
import { printCompletion } from "./print-completion.ts";
import { createProgram } from "./program.ts";
import { fakeHost } from "./testing/fake-host.ts";

/** What bash offers for the value of an option. */
function offered(option: string): string {
  const host = fakeHost();
  printCompletion(host, "bash", createProgram(host));
  const line = host.out
    .join("")
    .split("\n")
    .find((each) => each.includes(`'${option}')`));
  return /-W '([^']*)'/.exec(line ?? "")?.[1] ?? "";
}

test("chaos monkey --kinds offers what a monkey may do, and nothing that it refuses", () => {
  const kinds = offered("chaos monkey:--kinds").split(" ");
  expect(kinds).toEqual(expect.arrayContaining(["crash", "pause", "kill"]));
  expect(kinds).not.toContain("wait");
  expect(kinds).not.toContain("exec");
});
