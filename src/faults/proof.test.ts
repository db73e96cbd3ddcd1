import { describe, expect, test } from "vitest";
import type { Json } from "../kit/world.ts";
import type { Evidence, StepKind } from "../model/kind.ts";
import type { Powers, StopOutcome } from "../model/powers.ts";
import type { EngineEvent, EngineEventType, Replica } from "../model/replica.ts";
import { kinds } from "./index.ts";

const target = { key: "app1", service: "app", name: "app1", instance: "100" };
const replica: Replica = {
  ...target,
  state: "running",
  health: "none",
  ready: true,
  version: null,
  startedAt: 0,
  restarts: 0,
};

function event(type: EngineEventType, more: Partial<EngineEvent> = {}): EngineEvent {
  const base = { type, at: 0, replica, instance: "100", exitCode: null, signal: null };
  return { ...base, by: "aegis", ...more };
}
const killed = event("died", { signal: "SIGKILL", by: "itself" });
const killed137 = event("died", { exitCode: 137 });
const drained = event("died", { exitCode: 0 });
const failed = event("died", { exitCode: 1 });
const terminated = event("died", { signal: "SIGTERM" });
const otherDied = event("died", { instance: "99", signal: "SIGKILL" });
const startedByAegis = event("started", { instance: "101" });
const startedByPolicy = event("started", { instance: "101", by: "policy" });
const sameLife = event("started");
const paused = event("paused");
const otherPaused = event("paused", { instance: "99" });
const unpaused = event("unpaused");
const woken = event("unpaused", { by: "itself" });
const putBack = event("unpaused", { by: "policy" });
const removed = event("removed");
const createdByPolicy = event("created", { instance: null, by: "policy" });
const createdByOther = event("created", { instance: null, by: "itself" });
const snapshot = event("snapshot");
const unready = event("unready");

function kindOf(name: string): StepKind {
  return kinds.find((kind) => kind.name === name) as StepKind;
}
const evidence = (events: readonly EngineEvent[], applied: Json = null): Evidence => ({
  events,
  applied,
  target,
});

const PROVEN: Record<string, EngineEvent[][]> = {
  crash: [[killed], [snapshot, killed137, startedByPolicy], [unready, killed]],
  kill: [[killed], [killed137, startedByAegis], [killed, startedByAegis, startedByPolicy]],
  stop: [[drained], [terminated, startedByAegis], [killed]],
  restart: [
    [drained, startedByAegis],
    [killed, startedByAegis],
  ],
  pause: [[paused], [paused, unready, unpaused], [paused, unpaused, killed]],
  remove: [
    [removed],
    [killed, removed, startedByAegis],
    [removed, startedByAegis, startedByPolicy],
  ],
};

const NOT_PROVEN: Record<string, EngineEvent[][]> = {
  crash: [[snapshot], [otherDied], [drained], [terminated], [startedByPolicy]],
  kill: [
    [otherDied],
    [drained],
    [killed, startedByPolicy],
    [killed, startedByPolicy, startedByAegis],
  ],
  stop: [[otherDied], [unready], [drained, startedByPolicy]],
  restart: [
    [drained],
    [startedByAegis],
    [drained, sameLife],
    [startedByAegis, drained],
    [otherDied, startedByAegis],
  ],
  pause: [
    [otherPaused],
    [unready],
    [paused, woken],
    [paused, woken, unpaused],
    [paused, killed],
    [paused, putBack],
    [paused, unready, putBack],
  ],
  remove: [
    [killed],
    [removed, createdByOther],
    [removed, startedByPolicy],
    [removed, createdByPolicy, startedByAegis],
  ],
};

describe.each(Object.keys(PROVEN))("%s", (name) => {
  test.each((PROVEN[name] as EngineEvent[][]).map((events) => [labels(events), events] as const))(
    "is proven by: %s",
    (_, events) => expect(kindOf(name).proof(evidence(events))).toBe(true),
  );

  test.each(
    (NOT_PROVEN[name] as EngineEvent[][]).map((events) => [labels(events), events] as const),
  )("is not proven by: %s", (_, events) =>
    expect(kindOf(name).proof(evidence(events))).toBe(false),
  );

  test("is not proven when the engine saw nothing, whatever apply says", () => {
    for (const applied of [null, { outcome: "drained", exitCode: 0, tookMs: 1 }, "done"]) {
      expect(kindOf(name).proof(evidence([], applied))).toBe(false);
    }
  });

  test("is not proven of a target that had no life to lose", () => {
    const none = { ...target, instance: null };
    const events = [event("died", { instance: null, signal: "SIGKILL" }), event("paused"), unready];
    expect(kindOf(name).proof({ events, applied: null, target: none })).toBe(false);
  });
});

function labels(events: readonly EngineEvent[]): string {
  return events
    .map(({ type, by, instance, signal, exitCode }) =>
      [type, instance, signal ?? exitCode, "by", by].filter((word) => word !== null).join(" "),
    )
    .join(", ");
}

describe("exec is proven by exit codes", () => {
  const ran = (exitCode: number): Json => ({ exitCode, stdout: "", stderr: "" });
  test.each<[string, Json, boolean]>([
    ["of the command, when nothing verifies it", { ran: ran(0), verified: null }, true],
    ["of verify", { ran: ran(0), verified: ran(0) }, true],
    ["of verify, and not against it", { ran: ran(0), verified: ran(1) }, false],
    ["of the command, and not against it", { ran: ran(1), verified: ran(0) }, false],
    ["and not by nothing", null, false],
    ["and not by less", {}, false],
  ])("%s", (_, applied, proven) => {
    expect(kindOf("exec").proof(evidence([killed, paused, removed], applied))).toBe(proven);
  });
});

describe.each(["stop", "restart"])("the outcome of %s", (name) => {
  const drainedAnswer = { outcome: "drained", exitCode: 0, tookMs: 12 };
  test.each<[string, EngineEvent, Json, string]>([
    ["drained when it left by itself", drained, drainedAnswer, "drained"],
    ["killed when the engine saw SIGKILL", killed, drainedAnswer, "killed"],
    [
      "failed when its exit code says so",
      failed,
      { ...drainedAnswer, outcome: "failed" },
      "failed",
    ],
    ["killed when the grace ran out", killed137, { ...drainedAnswer, outcome: "killed" }, "killed"],
  ])("is %s", (_, death, applied, outcome) => {
    const kind = kindOf(name);
    expect(kind.outcome(evidence([death], applied))).toBe(outcome);
    expect(kind.outcomes).toContain(outcome);
  });
});

test.each<[StopOutcome["outcome"], number | null, string | null, string | undefined]>([
  ["failed", 3, null, "asked to stop, app1 left with exit code 3"],
  ["failed", null, "SIGSEGV", "asked to stop, app1 died of SIGSEGV"],
  ["drained", 0, null, undefined],
])("a stop that %s (%j, %j) says: %s", async (outcome, exitCode, signal, detail) => {
  const answer = async (): Promise<StopOutcome> => ({ outcome, exitCode, signal, tookMs: 1 });
  const powers = { lifecycle: { stop: answer, restart: answer } } as unknown as Powers;
  const hold = { lease: "lease", injection: "halt#1" };
  for (const name of ["stop", "restart"]) {
    const applied = await kindOf(name).apply(powers, target, {}, hold);
    expect((applied as { detail?: string }).detail).toBe(detail);
  }
});

test("waiting needs no proof, no power and no target", () => {
  const wait = kindOf("wait");
  expect(wait.proof(evidence([]))).toBe(true);
  expect(wait).toMatchObject({ needs: [], targeted: false, held: true, role: "action" });
});

test("names are unique, and what is undone later is declared held", () => {
  expect(new Set(kinds.map(({ name }) => name)).size).toBe(kinds.length);
  const held = kinds.filter((kind) => kind.holds(kind.params.parse(kind.example) as Json));
  expect(held.map(({ name }) => name)).toEqual(["kill", "stop", "pause", "remove", "exec", "wait"]);
});
