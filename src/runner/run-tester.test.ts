import { expect, test } from "vitest";
import { wait } from "../faults/wait.ts";
import { madeStep } from "../verdict/testing/made-plan.ts";
import { comparesReplicas } from "./run-tester.ts";

const KINDS = [wait, { ...wait, name: "weigh", staged: true }];
const held = { params: {}, forMs: null };

test("answers are kept apart by source only where a step weighs replicas", () => {
  expect(comparesReplicas({ steps: [] }, KINDS)).toBe(false);
  expect(comparesReplicas({ steps: [madeStep("a", { kind: "wait" })] }, KINDS)).toBe(false);
  const steps = [madeStep("a", { kind: "wait" }), madeStep("b", { kind: "weigh" })];
  expect(comparesReplicas({ steps }, KINDS)).toBe(true);
});

test("also where a random step may be one that does", () => {
  const alternatives = ["wait", "weigh"].map((kind) => ({ kind, ...held }));
  const [step] = [madeStep("a", { kind: "wait", alternatives })];
  expect(comparesReplicas({ steps: [step] }, KINDS)).toBe(true);
  expect(comparesReplicas({ steps: [step] }, [wait])).toBe(false);
});
