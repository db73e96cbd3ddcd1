import { expect, test } from "vitest";
import { world } from "../../process/testing/world.ts";
import { type Owner, ownerLabel, ownerOf, type Standing, standingOf } from "./owner.ts";

const us = ownerOf(ownerLabel(world)) as Owner;

test.each<[string, Partial<Owner>, Standing]>([
  ["our own process", {}, "ours"],
  ["another one that lives", { pid: process.ppid, start: startOf(process.ppid) }, "living"],
  ["one whose pid somebody else has now", { start: "1" }, "dead"],
  ["one whose pid nobody has", { pid: 2 ** 30 }, "dead"],
  ["one of another machine", { boot: "another" }, "elsewhere"],
  ["one of another container", { pidNamespace: "pid:[1]" }, "elsewhere"],
])("an owner that is %s", (_, change, standing) => {
  expect(standingOf({ ...us, ...change }, world)).toBe(standing);
});

test.each([
  {},
  { "aegis.owner": "" },
  { "aegis.owner": "null" },
  { "aegis.owner": "build7/12/345" },
])("nobody is named by %j", (labels) => {
  expect(ownerOf(labels)).toBeNull();
});

function startOf(pid: number): string {
  return ownerOf(ownerLabel({ ...world, pid }))?.start ?? "";
}
