import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createHost } from "../cli/host.ts";
import { serverSpec } from "../engines/contract/stack.ts";
import { createDryEngine } from "../engines/dry/index.ts";
import type { Engine } from "../engines/engine.ts";
import { kinds } from "../faults/index.ts";
import { AegisError } from "../kit/errors.ts";
import type { StepPlan, TargetPlan } from "../model/plan.ts";
import { refuseLosses } from "./losses.ts";

const { world } = createHost();
const replicas = ["app1", "app2"].map((name) => ({ ...serverSpec(name), service: "app" }));
const stack = { project: "p", file: null, directory: "/", profiles: [], replicas };
const all: TargetPlan = {
  by: "service",
  service: "app",
  pick: { kind: "count", count: 1 },
  only: "any",
  prefer: "random",
  oneByOne: false,
};
const step: StepPlan = {
  id: "gone",
  kind: "remove",
  role: "fault",
  needs: ["lifecycle"],
  held: true,
  target: all,
  params: {},
  start: { at: "time", ms: 0 },
  end: { after: "time", ms: 1000 },
  repeat: null,
  ifUnsupported: "fail",
  irreversible: false,
  line: 12,
};

let engine: Engine;
const seen = vi.fn();

/** An engine on which `app2` has written where nothing keeps it. */
beforeEach(async () => {
  const dry = await createDryEngine({ stack, world, stateDirectory: "/" });
  await dry.up({ timeoutMs: 100, onProgress: () => {} });
  const losses = async ({ name }: { readonly name: string }): Promise<readonly string[]> => {
    seen(name);
    return name === "app2" ? ["anonymous volume at /data", "/app/upload.db in its own layer"] : [];
  };
  const lifecycle = { ...dry.powers.lifecycle, losses };
  engine = { ...dry, powers: { ...dry.powers, lifecycle } };
});
afterEach(() => seen.mockReset());

async function refusal(steps: readonly StepPlan[], file: string | null = "s.yaml") {
  try {
    await refuseLosses(steps, engine, kinds, { file });
    return null;
  } catch (thrown) {
    if (thrown instanceof AegisError) return thrown;
    throw thrown;
  }
}

test("one replica of those that could be picked is enough to refuse; step, replica, loss and the line to add are told", async () => {
  const error = await refusal([step]);
  expect(error?.code).toBe("ENVIRONMENT");
  expect(error?.message).toBe(
    "step gone (line 12): remove of app2 would destroy anonymous volume at /data, /app/upload.db in its own layer",
  );
  expect(error?.hint).toContain("add to gone in s.yaml:\n  irreversible: true");
});

test("a step that says so is not asked about", async () => {
  expect(await refusal([{ ...step, irreversible: true }])).toBeNull();
  expect(seen).not.toHaveBeenCalled();
});

test("only what a step could select counts", async () => {
  const of = (replica: string): StepPlan => ({ ...step, target: { by: "replica", replica } });
  expect(await refusal([of("app1")])).toBeNull();
  expect((await refusal([of("app2")]))?.message).toContain("remove of app2");
});

test("a target that is another step's is followed there", async () => {
  const first: StepPlan = { ...step, id: "first", kind: "pause" };
  const again: StepPlan = { ...step, target: { by: "same-as", step: "first" } };
  expect((await refusal([first, again]))?.message).toContain("step gone");
  const elsewhere: StepPlan = { ...first, target: { by: "replica", replica: "app1" } };
  expect(await refusal([elsewhere, again])).toBeNull();
});

test("kinds that destroy nothing are never refused", async () => {
  expect(await refusal([{ ...step, kind: "pause" }])).toBeNull();
});

test("every choice of a random step counts, and where there is no file none is named", async () => {
  const alternatives = [
    { kind: "pause", params: {}, forMs: 1 },
    { kind: "remove", params: {}, forMs: 1 },
  ];
  const error = await refusal([{ ...step, kind: "pause", alternatives, line: null }], null);
  expect(error?.message).toContain("step gone: remove of app2 would destroy");
  expect(error?.hint).toContain("Leave out remove");
  expect(error?.hint).not.toContain("irreversible");
});
