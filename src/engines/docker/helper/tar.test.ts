import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { tarOf } from "./tar.ts";

describe("an archive", () => {
  test("is read by tar, with every byte of every file", () => {
    const long = "x".repeat(1024);
    const archive = tarOf([
      { path: "a/package.json", content: "{}\n" },
      { path: "a/b/empty", content: "" },
      { path: "a/b/exact", content: long.slice(0, 512) },
      { path: "a/b/long", content: Buffer.from(`${long}é`) },
    ]);
    const tar = (...args: string[]) => execFileSync("tar", args, { input: archive }).toString();
    expect(tar("-tvf", "-").replace(/ +/g, " ").split("\n")).toEqual([
      expect.stringMatching(/^-rw-r--r-- \S+ 3 .* a\/package.json$/),
      expect.stringMatching(/^-rw-r--r-- \S+ 0 .* a\/b\/empty$/),
      expect.stringMatching(/^-rw-r--r-- \S+ 512 .* a\/b\/exact$/),
      expect.stringMatching(/^-rw-r--r-- \S+ 1026 .* a\/b\/long$/),
      "",
    ]);
    expect(tar("-xOf", "-", "a/b/long")).toBe(`${long}é`);
    expect(tar("-xOf", "-", "a/package.json")).toBe("{}\n");
  });
});
