import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

test("the program imports nothing but Node and its own folder: nothing else is in its container", () => {
  const files = readdirSync(import.meta.dirname).filter((name) => /(?<!\.test)\.ts$/.test(name));
  expect(files).toContain("main.ts");
  for (const file of files) {
    const source = readFileSync(`${import.meta.dirname}/${file}`, "utf8");
    for (const [, from] of source.matchAll(/ from "(.+)";/g)) {
      expect(from, file).toMatch(/^(node:[\w/]+|\.\/[\w-]+\.ts)$/);
    }
  }
});
