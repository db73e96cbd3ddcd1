import { expect, test } from "vitest";
import type { Replica } from "../model/replica.ts";
import { residueOf } from "./residue.ts";

const of = (
  before: readonly Replica[],
  after: readonly Replica[],
  intended: Parameters<typeof residueOf>[2],
) => residueOf({ replicas: before, belongings: [] }, { replicas: after, belongings: [] }, intended);

const sentencesOf = (...args: Parameters<typeof of>): string[] =>
  of(...args).map(({ sentence }) => sentence);

const app1: Replica = {
  key: "p/app1",
  service: "app",
  name: "app1",
  state: "running",
  health: "none",
  ready: true,
  version: "v1",
  instance: "100",
  startedAt: 1,
  restarts: 0,
};

test("a healed crash leaves nothing: another life and a restart are no residue", () => {
  const after = { ...app1, instance: "200", restarts: 1, startedAt: 2 };
  expect(sentencesOf([app1], [after], new Map())).toEqual([]);
});

test.each([
  ["a paused replica", { state: "paused", ready: false }, "app1 is paused (it was running)"],
  ["a dead one", { state: "exited", ready: false }, "app1 is exited (it was running)"],
  ["one that is not ready", { ready: false }, "app1 is not ready (it was)"],
  ["another version", { version: "v2" }, "app1 runs v2 (it ran v1)"],
] as const)("%s is told by name", (_, change, sentence) => {
  expect(sentencesOf([app1], [{ ...app1, ...change }], new Map())).toEqual([sentence]);
});

test("what is gone and what is new are told", () => {
  const app2 = { ...app1, key: "p/app2", name: "app2" };
  expect(sentencesOf([app1], [app2], new Map())).toEqual([
    "app1 is gone (it was running)",
    "app2 is new (running)",
  ]);
});

test("what a step means to leave is no residue, but only that field of that replica", () => {
  const after = { ...app1, version: "v2" };
  expect(
    sentencesOf([app1], [after], new Map([["p/app1", new Set(["version" as const])]])),
  ).toEqual([]);
  expect(of([app1], [after], new Map([["p/app2", new Set(["version" as const])]]))).not.toEqual([]);
});

test("only a replica that is not ready yet may still pass", () => {
  const booting = of([app1], [{ ...app1, ready: false }], new Map());
  expect(booting.map(({ passing }) => passing)).toEqual([true]);
  const frozen = of([app1], [{ ...app1, ready: false, state: "paused" }], new Map());
  expect(frozen.map(({ passing }) => passing)).toEqual([false]);
});

test("what the project holds more of is told by name and may still pass; what it had before is none", () => {
  const before = { replicas: [app1], belongings: ["network p_default", "volume p_data"] };
  const after = { replicas: [app1], belongings: ["network p_default", "helper aegis-warden-p-1"] };
  expect(residueOf(before, after, new Map())).toEqual([
    { sentence: "helper aegis-warden-p-1 is new", passing: true },
  ]);
});
