import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { createHost } from "../cli/host.ts";
import { createDryEngine } from "../engines/dry/index.ts";
import type { Engine } from "../engines/engine.ts";
import { AegisError } from "../kit/errors.ts";
import { defineKind, type Outlook } from "../model/kind.ts";
import type { StepPlan } from "../model/plan.ts";
import { STACK } from "../scenario/testing.ts";
import { writeWayBack } from "../state/course-record.ts";
import { madeStep } from "../verdict/testing/made-plan.ts";
import { foreseeSteps } from "./outlook.ts";

const { world } = createHost();
let directory: string;
let engine: Engine;
let shown: Outlook[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "aegis-outlook-"));
  engine = await createDryEngine({ stack: STACK, world, stateDirectory: directory });
  await engine.up({ timeoutMs: 100, onProgress: () => {} });
  shown = [];
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

const move = defineKind({
  name: "move",
  summary: "",
  needs: [],
  staged: true,
  held: false,
  params: z.strictObject({ to: z.string() }),
  example: { to: "v2" },
  foresee: async (_, { to }, outlook) => {
    if (to === "nowhere") throw new AegisError("INVALID_INPUT", "there is no version nowhere");
    shown.push(outlook);
    return `${to}: ${outlook.aimed.map(({ name }) => name)}`;
  },
  prepare: async () => null,
  apply: async () => null,
  proof: () => true,
});

function step(id: string, target: StepPlan["target"], to = "v2"): StepPlan {
  return madeStep(id, { kind: "move", staged: true, target, params: { to } });
}

const service = (name: string): StepPlan["target"] => ({
  ...(madeStep("").target as Extract<StepPlan["target"], { by: "service" }>),
  service: name,
});

const look = (...steps: StepPlan[]) =>
  foreseeSteps(steps, {
    engine,
    kinds: [move],
    stateDirectory: directory,
    answersName: true,
    fetch: true,
    onProgress: () => {},
  });

test("each step with stages is shown what it is aimed at, in declared order, and all there are", async () => {
  const foreseen = await look(
    step("all", service("app")),
    madeStep("crash"),
    step("one", { by: "replica", replica: "app2" }),
    step("none", service("shop")),
  );
  expect([...foreseen]).toEqual([
    ["all", "v2: app1,app2,app3"],
    ["one", "v2: app2"],
    ["none", "v2: "],
  ]);
  expect(shown[1]?.replicas.map(({ name }) => name)).toEqual(["balancer", "app1", "app2", "app3"]);
});

test("what the last one of its kind left is remembered", async () => {
  await look(step("first", service("app")));
  writeWayBack(directory, "move", { moves: [] }, world);
  writeWayBack(directory, "other", "else", world);
  await look(step("second", service("app")));
  expect(shown.map(({ remembered }) => remembered)).toEqual([null, { moves: [] }]);
});

test("one that cannot be done keeps all from being done", async () => {
  const nowhere = step("bad", service("app"), "nowhere");
  await expect(look(step("good", service("app")), nowhere)).rejects.toThrow("no version nowhere");
});

test("without such steps the engine is not asked", async () => {
  engine = { ...engine, replicas: () => Promise.reject(new Error("asked")) };
  expect((await look(madeStep("crash"))).size).toBe(0);
});
