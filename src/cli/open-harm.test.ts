import { expect, test } from "vitest";
import { BugWithHarm } from "../kit/errors.ts";
import { exitWithHarm } from "./open-harm.ts";
import { reportError } from "./report-error.ts";
import { runGroups } from "./run-scenarios.ts";
import { fakeHost } from "./testing/fake-host.ts";

const HARM = {
  run: "r1",
  id: "freeze#1",
  step: "freeze",
  kind: "pause",
  target: { key: "p/app1", service: "app", name: "app1", instance: null },
  params: {},
  before: null,
  irreversible: false,
  stage: "applied",
  attempts: 0,
  error: null,
} as const;
const TOLD = ["left behind: freeze#1 (pause of app1)", "Put it right with: aegis heal"];

test.each([0, 1, 4, 70, 130, 143])("open harm outranks exit code %i, and is told", (code) => {
  const { stderr, err } = fakeHost();
  expect(exitWithHarm(stderr, { open: () => [HARM] }, code)).toBe(5);
  expect(err).toEqual(TOLD);
});

test("harm that was told is not told again, and without any the code stays as it is", () => {
  const { stderr, err } = fakeHost();
  expect(exitWithHarm(stderr, { open: () => [HARM] }, 5)).toBe(5);
  expect(exitWithHarm(stderr, { open: () => [] }, 70)).toBe(70);
  expect(exitWithHarm(stderr, undefined, 143)).toBe(143);
  expect(err).toEqual([]);
});

test("a bug that has left harm keeps its stack, and says what is left: exit 5", () => {
  const host = fakeHost();
  const bug = new BugWithHarm(new TypeError("undefined is no function"), ["app1 is paused"]);
  expect(reportError(host, bug)).toBe(5);
  const said = host.err.join("\n");
  expect(said).toContain("This is a bug in aegis");
  expect(said).toContain("open-harm.test.ts");
  expect(host.err.slice(-2)).toEqual([
    "left behind: app1 is paused",
    "Put it right with: aegis heal",
  ]);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 143],
] as const)(
  "a second signal with nothing left to undo leaves with the code of the first: %s",
  async (signal, exit) => {
    const host = fakeHost();
    await runGroups(host, [], {});
    host.signals.abort(signal);
    expect(host.ends.leave()).toBe(exit);
  },
);
