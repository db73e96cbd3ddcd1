import { expect, test } from "vitest";
import { Bucket, type Settled } from "./bucket.ts";

/** What a bucket tells of these answers. */
function sourcesOf(answers: readonly Partial<Settled>[], bySource = true) {
  const bucket = new Bucket(0, bySource);
  for (const [n, more] of answers.entries()) bucket.settle({ ...ANSWER, n, ...more });
  return bucket.toRecord("main").sources;
}

test("answers are kept apart by who gave them only where that is asked for", () => {
  expect(sourcesOf([{ replica: "app1" }], false)).toBe(undefined);
  expect(sourcesOf([], true)).toEqual([]);
});

test("each pair of replica and version has its answers, with the latency of the good ones", () => {
  expect(
    sourcesOf([
      { replica: "app1", version: "v1", took: 90 },
      { replica: "app1", version: "v2", took: 100 },
      { replica: "app1", version: "v2", took: 100 },
      { replica: "app1", version: "v2", took: 30, ending: "status", status: 500 },
      { replica: "app2", version: "v1", took: 40, ending: "status", status: 503 },
    ]),
  ).toEqual([
    { replica: "app1", version: "v1", ok: 1, failed: 0, latency: [90, 1] },
    { replica: "app1", version: "v2", ok: 2, failed: 1, latency: [100, 2] },
    { replica: "app2", version: "v1", ok: 0, failed: 1, latency: [] },
  ]);
});

test("what had a status counts, though it was cut off after it; what nobody answered does not", () => {
  expect(
    sourcesOf([
      { replica: "app1", ending: "cut", status: 200 },
      { replica: "app1", ending: "timeout", status: 200 },
      { ending: "timeout", status: null },
      { ending: "reset", status: null },
      { ending: "status", status: 502 },
    ]),
  ).toEqual([
    { replica: "app1", version: null, ok: 0, failed: 2, latency: [] },
    { replica: null, version: null, ok: 0, failed: 1, latency: [] },
  ]);
});

test("beyond 64 pairs the others count together", () => {
  const pairs = Array.from({ length: 500 }, (_, n) => ({ replica: "app1", version: `v${n}` }));
  const sources = sourcesOf([...pairs, { replica: "app1", version: "v0" }]) ?? [];
  expect(sources).toHaveLength(65);
  expect(sources[0]).toMatchObject({ version: "v0", ok: 2 });
  expect(sources[64]).toMatchObject({ replica: "(other)", version: "(other)", ok: 500 - 64 });
});

const ANSWER: Settled = {
  n: 0,
  due: 0,
  at: 500,
  ending: "ok",
  fresh: false,
  status: 200,
  replica: null,
  version: null,
  detail: "",
  lateness: 0,
  took: 500,
};
