import { describe, expect, test } from "vitest";
import { fraction } from "../kit/seed.ts";
import type { Plan } from "../model/plan.ts";
import { APPS, planOf, Rehearsal } from "./rehearsal.ts";
import { replica } from "./testing.ts";

const SEEDS = Array.from({ length: 30 }, (_, n) => n * 7919 + 1);
const STORM =
  "id: storm, do: crash, target: { service: app }, repeat: { every: 1s, jitter: 500ms, times: 8 }";
const FREEZE = "id: freeze, do: pause, target: { service: app, pick: 2 }, at: 20s, for: 1s";
const MONKEY = "monkey: { kinds: [crash, pause, kill], every: 1s, jitter: 1s, for: 15s }\n";

function play(plan: Plan, seed: number, replicas = APPS): Rehearsal {
  const rehearsal = new Rehearsal({ ...plan, seed }, replicas);
  rehearsal.withDelay({ apply: 10_000, revert: 10_000, recover: 300_000 }).start(0);
  rehearsal.until(60_000_000);
  return rehearsal;
}

function orders(plan: Plan, seed: number, step: string, replicas = APPS): string[] {
  const own = play(plan, seed, replicas)
    .injected()
    .filter((each) => each.step === step);
  return own.map(({ at, injection, kind, target }) => `${at} ${injection} ${kind} ${target}`);
}

const base = planOf([STORM, FREEZE], MONKEY);
const more = planOf(
  ["id: extra, do: crash, target: { service: app }, at: 9s", STORM, FREEZE],
  MONKEY,
);

describe("over many seeds", () => {
  test("the same seed gives the same injections, another seed others", () => {
    const all = SEEDS.map((seed) => play(base, seed).told().join("\n"));
    expect(SEEDS.map((seed) => play(base, seed).told().join("\n"))).toEqual(all);
    expect(new Set(all).size).toBe(SEEDS.length);
  });

  test("another step reshuffles neither targets nor times of a storm that it does not meet", () => {
    const alone = planOf([STORM]);
    const beside = planOf(["id: later, do: crash, target: { service: app }, at: 30s", STORM]);
    for (const seed of SEEDS) {
      expect(orders(beside, seed, "storm")).toEqual(orders(alone, seed, "storm"));
    }
    expect(more.steps).toHaveLength(base.steps.length + 1);
  });

  test("another replica only takes places, never moves others", () => {
    const alone = planOf([STORM]);
    let same = 0;
    for (const seed of SEEDS) {
      const before = orders(alone, seed, "storm");
      const after = orders(alone, seed, "storm", [...APPS, replica("app4")]);
      after.forEach((order, n) => {
        if (order.endsWith("app4")) return;
        expect(order).toBe(before[n]);
        same += 1;
      });
    }
    expect(same).toBeGreaterThan(SEEDS.length * 4);
    expect(same).toBeLessThan(SEEDS.length * 8);
  });

  test("each replica gets its share", () => {
    const counts = new Map<string | null, number>();
    for (const seed of SEEDS) {
      for (const { target } of play(planOf([STORM]), seed).injected()) {
        counts.set(target, (counts.get(target) ?? 0) + 1);
      }
    }
    for (const count of counts.values()) expect(count).toBeGreaterThan((SEEDS.length * 8) / 3.6);
    expect(counts.size).toBe(3);
  });

  test("a monkey takes every kind, never the last replica, and leaves nothing held", () => {
    const plan = planOf(["id: first, do: wait, for: 1s"], MONKEY);
    const kinds = new Set<string>();
    for (const seed of SEEDS) {
      const rehearsal = play(plan, seed);
      for (const { kind } of rehearsal.injected()) kinds.add(kind);
      expect(mostDown(rehearsal)).toBeLessThanOrEqual(2);
      const held = rehearsal
        .injected()
        .filter(({ kind, step }) => kind !== "crash" && step === "monkey");
      const reverted = rehearsal.told().filter((line) => /revert monkey/.test(line));
      expect(reverted).toHaveLength(held.length);
      expect(rehearsal.told().at(-1)).toMatch(/done$/);
    }
    expect([...kinds].sort()).toEqual(["crash", "kill", "pause", "wait"]);
  });

  test("never more than limits.down, and no replica twice before it has recovered", () => {
    const plan = planOf(
      [STORM, FREEZE.replace("pick: 2", "pick: 1")],
      `${MONKEY}limits: { down: 1 }\n`,
    );
    for (const seed of SEEDS) expect(mostDown(play(plan, seed))).toBe(1);
  });
});

test("events in any order, early, late or twice, never break it", () => {
  for (const seed of SEEDS) {
    const rehearsal = new Rehearsal({ ...base, seed }, APPS);
    rehearsal.withDelay({
      apply: Math.round(2e6 * fraction(seed, "apply")),
      revert: Math.round(2e6 * fraction(seed, "revert")),
      recover: Math.round(9e6 * fraction(seed, "recover")),
    });
    rehearsal.start(0);
    rehearsal.until(Math.round(60e6 * fraction(seed, "stop")));
    rehearsal.stop();
    rehearsal.stop();
    rehearsal.until(200_000_000);
    expect(rehearsal.told().filter((line) => line.endsWith("done"))).toHaveLength(1);
    expect(rehearsal.told().at(-1)).toMatch(/done$/);
    expect(rehearsal.unfinished()).toEqual([]);
  }
});

/** The most replicas harmed at a time, from orders and recoveries. */
function mostDown(rehearsal: Rehearsal): number {
  const down = new Set<string>();
  let most = 0;
  for (const [what, target] of rehearsal.course()) {
    if (what === "recovered") down.delete(target);
    else {
      expect(down.has(target)).toBe(false);
      down.add(target);
    }
    most = Math.max(most, down.size);
  }
  return most;
}
