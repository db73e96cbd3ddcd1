import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openCapturedLog } from "./captured-log.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "aegis-log-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

async function captured(chunks: readonly (string | Buffer)[], keptBytes?: number) {
  const path = join(directory, "app1.log");
  const live: string[] = [];
  const log = openCapturedLog(path, "app1", ({ text }) => live.push(text), keptBytes);
  const source = new PassThrough();
  log.capture("stdout", source);
  for (const chunk of chunks) source.write(chunk);
  source.end();
  await finished(source);
  const texts = (tail: number | null) => log.read(tail).map(({ text }) => text);
  return { log, live, path, texts };
}

describe("a captured log", () => {
  test("keeps lines whole however they are cut into chunks, and the last one without its newline", async () => {
    const euro = Buffer.from("€");
    const { texts, live } = await captured([
      "one\ntw",
      "o\n",
      euro.subarray(0, 1),
      euro.subarray(1),
    ]);
    expect(texts(null)).toEqual(["one", "two", "€"]);
    expect(live).toEqual(texts(null));
  });

  test("gives the last lines", async () => {
    const { texts } = await captured(["1\n2\n3\n"]);
    expect(texts(2)).toEqual(["2", "3"]);
    expect(texts(0)).toEqual([]);
    expect(texts(9)).toEqual(["1", "2", "3"]);
  });

  test("knows the streams apart", async () => {
    const { log } = await captured(["out\n"]);
    log.note("err");
    expect(log.read(null)).toEqual([
      { replica: "app1", stream: "stdout", text: "out" },
      { replica: "app1", stream: "stderr", text: "err" },
    ]);
  });

  test("never takes more than two files' worth, and keeps the newest", async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`);
    const { texts, path } = await captured(lines, 1000);
    expect(statSync(path).size).toBeLessThanOrEqual(1000);
    expect(statSync(`${path}.1`).size).toBeLessThanOrEqual(1000);
    expect(texts(null).at(-1)).toBe("line 999");
    expect(texts(null).length).toBeGreaterThan(80);
  });

  test("cuts endless lines", async () => {
    const { texts } = await captured(["x".repeat(40_000), "\nnext\n"]);
    expect(texts(null).map((text) => text.length)).toEqual([16_384, 16_384, 7_232, 4]);
  });

  test("goes on where a former one ended, and forgets all when dropped", async () => {
    await captured(["before\n"]);
    const { log, texts } = await captured(["after\n"]);
    expect(texts(null)).toEqual(["before", "after"]);
    log.drop();
    expect(texts(null)).toEqual([]);
    log.note("new");
    expect(texts(null)).toEqual(["new"]);
  });
});
