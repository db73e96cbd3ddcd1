import { expect, test } from "vitest";
import type { StepPlan } from "../model/plan.ts";
import type { Can } from "../model/powers.ts";
import { FREEZE } from "./testing/freeze.ts";
import { skippedSteps } from "./unsupported.ts";

const base: StepPlan = { ...FREEZE, ifUnsupported: "skip" };
const run: StepPlan = { ...base, id: "run", needs: ["exec"] };
const later: StepPlan = {
  ...base,
  id: "later",
  needs: [],
  start: { at: "step", step: "run", when: "ended", plusMs: 0 },
};
const can: Can = {
  lifecycle: true,
  crash: true,
  exec: { no: "no shell here", hint: "install one" },
  inside: true,
  releases: true,
  members: true,
};

test("what the engine can do is played", () => {
  expect(skippedSteps([base], can)).toEqual([]);
});

test("what it cannot is skipped with the reason, and so is what waits for it", () => {
  expect(skippedSteps([base, later, run], can)).toEqual([
    { step: "run", reason: "needs exec: no shell here" },
    { step: "later", reason: "depends on run, which is skipped" },
  ]);
});

test("a step that must not be skipped is refused before anything is touched, with what to do", () => {
  expect(() => skippedSteps([{ ...run, ifUnsupported: "fail" }], can)).toThrow(
    expect.objectContaining({
      code: "ENVIRONMENT",
      message: "step run needs exec: no shell here",
      hint: expect.stringContaining("install one"),
    }),
  );
});
