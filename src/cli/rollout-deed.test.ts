import { expect, test } from "vitest";
import { deedOf } from "./rollout-deed.ts";

test.each([
  [{ to: "v2" }, "to"],
  [{ to: "v2", plan: true }, "to"],
  [{ undo: true, plan: true }, "undo"],
  [{ watch: true }, "watch"],
] as const)("%j wants one thing", (flags, deed) => {
  expect(deedOf(flags)).toBe(deed);
});

const ASKED = ["status", "watch", "pause", "resume"] as const;
const CHANGES = [{ to: "v2" }, { image: "web:2" }, { build: true }, { undo: true }] as const;
const PAIRS: readonly Parameters<typeof deedOf>[0][] = [
  { to: "v2", undo: true },
  ...ASKED.flatMap((name) => [
    ...ASKED.filter((other) => other > name).map((other) => ({ [name]: true, [other]: true })),
    ...CHANGES.map((change) => ({ ...change, [name]: true })),
  ]),
];

test.each(PAIRS)("%j exclude each other, by name", (flags) => {
  expect(() => deedOf(flags)).toThrow(expect.objectContaining({ code: "INVALID_INPUT" }));
  for (const name of Object.keys(flags)) {
    expect(() => deedOf(flags)).toThrow(new RegExp(`got .*--${name}`));
  }
});

test.each(ASKED)("--%s changes nothing of which a plan could be shown", (name) => {
  expect(() => deedOf({ [name]: true, plan: true })).toThrow(
    expect.objectContaining({
      code: "INVALID_INPUT",
      message: `--plan and --${name} exclude each other`,
    }),
  );
});

test("a plan of nothing is none", () => {
  expect(() => deedOf({ plan: true })).toThrow(/expected one of --to, .*; got none/);
});
