import { describe, expect, test, vi } from "vitest";
import type { Json } from "../kit/world.ts";
import type { Evidence, StepKind } from "../model/kind.ts";
import type { Hold, Lifecycle, Powers } from "../model/powers.ts";
import type { EngineEvent, Replica, TargetRef } from "../model/replica.ts";

/** A stack that is up, of at least two replicas that no policy revives, on whatever engine. */
export interface Bench {
  readonly powers: Powers;
  readonly hold: Hold;
  replicas(): Promise<readonly Replica[]>;
  events(signal: AbortSignal): AsyncIterable<EngineEvent>;
  /** Takes the whole stack down. */
  down(): Promise<void>;
  /** Reverts an entry of `applyTo`, as JSON, by a client that has nothing but this and the project. */
  revert(entry: string): Promise<void>;
}

/** What `applyTo` has done. */
export interface Applied {
  readonly target: TargetRef;
  readonly evidence: () => Evidence;
  /** The entry as the ledger keeps it; another `before` may be put in its place. */
  readonly entry: (before?: Json) => string;
  readonly replicasBefore: readonly Replica[];
  readonly stopListening: () => void;
}

/** Makes a fresh bench, works on it, and tears it down. */
type WithBench = (work: (bench: Bench) => Promise<void>) => Promise<void>;

/** What every kind with a target owes the runner, shown with the kind's own documented example. */
export function contractSuite(kinds: readonly StepKind[], withBench: WithBench): void {
  eachKind(kinds, withBench);
  notRunningBefore(kinds, withBench);
}

function eachKind(kinds: readonly StepKind[], withBench: WithBench): void {
  describe.each(kinds.filter(({ targeted }) => targeted))("$name", (kind) => {
    test("is proven by what the engine saw, not by what the kind says", () =>
      withBench(async (bench) => {
        const { evidence, stopListening } = await applyTo(bench, kind, bench.powers);
        await vi.waitFor(() => expect(kind.proof(evidence())).toBe(true), PATIENCE);
        expect(kind.outcomes).toContain(kind.outcome(evidence()));
        stopListening();
      }));

    test("is not proven when applying it did nothing", () =>
      withBench(async (bench) => {
        const { evidence, stopListening } = await applyTo(bench, kind, idle(bench.powers));
        await otherCrashIsSeen(bench, evidence);
        expect(kind.proof(evidence())).toBe(false);
        stopListening();
      }));

    test("is undone from JSON alone, and once more", () =>
      withBench(async (bench) => {
        const { entry, replicasBefore, stopListening } = await applyTo(bench, kind, bench.powers);
        for (const _ of ["once", "once more"]) {
          await bench.revert(entry());
          await looks(bench, replicasBefore);
          await nothingIsVerified(bench, entry());
        }
        stopListening();
      }));

    test("counts as undone when its target is gone", () =>
      withBench(async (bench) => {
        const { entry, target, stopListening } = await applyTo(bench, kind, bench.powers);
        await bench.powers.lifecycle.remove(target, bench.hold);
        await bench.revert(entry());
        await bench.revert(entry());
        expect((await bench.powers.lifecycle.stateOf(target)).state).toBe(
          kind.name === "remove" ? "running" : "removed",
        );
        stopListening();
      }));

    // What was removed is made again where the stack is; without a stack there is no such place.
    if (kind.name === "remove") return;
    test("counts as undone when the whole stack is gone", () =>
      withBench(async (bench) => {
        const { entry, stopListening } = await applyTo(bench, kind, bench.powers);
        stopListening();
        await bench.down();
        await bench.revert(entry());
      }));
  });
}

function notRunningBefore(kinds: readonly StepKind[], withBench: WithBench): void {
  describe("undoing leaves as it was what was not running before", () => {
    test.each([
      ["crash", "exited", "exited"],
      ["kill", "exited", "exited"],
      ["stop", "exited", "exited"],
      ["remove", "exited", "exited"],
      ["pause", "paused", "paused"],
    ])("%s, of one that was %s", (name, state, after) =>
      withBench(async (bench) => {
        const kind = kinds.find((one) => one.name === name) as StepKind;
        const { entry, target, stopListening } = await applyTo(bench, kind, bench.powers);
        for (const _ of ["once", "once more"]) {
          await bench.revert(entry({ state }));
          expect((await bench.powers.lifecycle.stateOf(target)).state).toBe(after);
        }
        stopListening();
      }),
    );

    test.each(["crash", "kill", "stop", "restart", "remove", "pause"])(
      "%s does not touch one that is frozen",
      (name) =>
        withBench(async (bench) => {
          const kind = kinds.find((one) => one.name === name) as StepKind;
          const target = await firstOf(bench);
          await bench.powers.lifecycle.pause(target, bench.hold);
          await expect(kind.prepare(bench.powers, target, {})).rejects.toMatchObject({
            code: "ENVIRONMENT",
            message: expect.stringMatching(/it is paused$/),
          });
        }),
    );
  });
}

/** For `vi.waitFor`. */
export const PATIENCE = { timeout: 10_000, interval: 10 };

/** Applies a kind to the first replica with its own example. `powers` may be others than the bench has. */
export async function applyTo(bench: Bench, kind: StepKind, powers: Powers): Promise<Applied> {
  const target = await firstOf(bench);
  const replicasBefore = await bench.replicas();
  const { events, stopListening } = await listen(bench, target.key);
  const params = kind.params.parse(kind.example) as Json;
  const before = await kind.prepare(powers, target, params);
  const applied = await kind.apply(powers, target, params, bench.hold);
  return {
    target,
    evidence: () => ({ events, applied: JSON.parse(JSON.stringify(applied)), target }),
    entry: (other = before) => JSON.stringify({ kind: kind.name, target, params, before: other }),
    replicasBefore,
    stopListening,
  };
}

async function firstOf(bench: Bench): Promise<TargetRef> {
  const [replica] = await bench.replicas();
  const { key, service, name, instance } = replica as Replica;
  return { key, service, name, instance };
}

/** Resolves when the engine has begun to tell. */
async function listen(
  bench: Bench,
  key: string,
): Promise<{ events: EngineEvent[]; stopListening: () => void }> {
  const events: EngineEvent[] = [];
  const stop = new AbortController();
  void (async () => {
    for await (const event of bench.events(stop.signal)) {
      if (event.replica.key === key) events.push(event);
    }
  })();
  await vi.waitFor(() => expect(events).not.toEqual([]), PATIENCE);
  return { events, stopListening: () => stop.abort() };
}

/** Powers that claim success and do nothing; commands after the first (what verifies) are run. */
function idle({ lifecycle, exec, inside, releases, members }: Powers): Powers {
  const nothing = async (): Promise<void> => {};
  const stopped = async () =>
    ({ outcome: "drained", exitCode: 0, signal: null, tookMs: 1 }) as const;
  const still: Lifecycle = {
    stateOf: (target) => lifecycle.stateOf(target),
    kill: nothing,
    stop: stopped,
    start: nothing,
    restart: stopped,
    pause: nothing,
    unpause: nothing,
    losses: async () => [],
    remove: nothing,
    recreate: nothing,
  };
  let first = true;
  return {
    lifecycle: still,
    crash: { crash: nothing },
    exec: {
      run: async (target, command, timeoutMs) => {
        if (!first) return exec.run(target, command, timeoutMs);
        first = false;
        return { exitCode: 0, stdout: "", stderr: "" };
      },
      hold: nothing,
      free: nothing,
    },
    inside,
    releases,
    members,
  };
}

/** Evidence takes its time: when a later event of another replica has been told, an earlier one of ours would have been. */
async function otherCrashIsSeen(bench: Bench, evidence: () => Evidence): Promise<void> {
  const other = (await bench.replicas()).at(-1) as Replica;
  expect(other.key).not.toBe(evidence().target.key);
  const { events, stopListening } = await listen(bench, other.key);
  await bench.powers.crash.crash(other);
  await vi.waitFor(() => expect(events.map(({ type }) => type)).toContain("died"), PATIENCE);
  stopListening();
}

/** Sees every replica as it was, apart from what a new life changes. */
async function looks(bench: Bench, before: readonly Replica[]): Promise<void> {
  const lasting = (replicas: readonly Replica[]) =>
    replicas.map(({ instance: _, startedAt: __, restarts: ___, ...rest }) => rest);
  await vi.waitFor(
    async () => expect(lasting(await bench.replicas())).toEqual(lasting(before)),
    PATIENCE,
  );
}

/** Of a kind whose parameters can tell whether its harm is there. */
async function nothingIsVerified({ powers }: Bench, entry: string): Promise<void> {
  const { target, params } = JSON.parse(entry);
  if (params.verify === undefined) return;
  const { exitCode } = await powers.exec.run(target, params.verify, params.timeout);
  expect(exitCode).not.toBe(0);
}
