import { expect, test } from "vitest";
import { AegisError } from "../kit/errors.ts";
import type { Clock } from "../kit/world.ts";
import { AWAY_MS, Patience } from "./patience.ts";

/** A clock that is moved by sleeping, and an engine that is away while it shows certain times. */
function away(...spans: readonly { readonly from: number; readonly to: number }[]) {
  let us = 0;
  const clock: Clock = {
    now: () => us,
    wall: () => new Date(0),
    sleep: async (ms) => {
      us += ms * 1000;
    },
  };
  const isAway = (): boolean => spans.some(({ from, to }) => us >= from * 1000 && us < to * 1000);
  const refuseIfAway = (): void => {
    if (isAway()) throw new AegisError("ENVIRONMENT", "no daemon");
  };
  const engine = {
    isUp: async () => {
      refuseIfAway();
      return true;
    },
  };
  const patience = new Patience(engine, clock);
  return { patience, refuseIfAway, nowMs: () => us / 1000 };
}

test("what works is done once, at once", async () => {
  const { patience, nowMs } = away();
  let done = 0;
  expect(await patience.through(async () => ++done)).toBe(1);
  expect(nowMs()).toBe(0);
});

test("an engine that comes back in time is waited for, and the work is done", async () => {
  const { patience, refuseIfAway, nowMs } = away({ from: 0, to: 20_000 });
  const tries: number[] = [];
  const work = async (): Promise<string> => {
    tries.push(nowMs());
    refuseIfAway();
    return "undone";
  };
  expect(await patience.through(work)).toBe("undone");
  expect(nowMs()).toBeLessThan(23_000);
  expect(tries).toHaveLength(2);
});

test("one that does not is given up, with what the work said", async () => {
  const { patience, refuseIfAway, nowMs } = away({ from: 0, to: 1e9 });
  const work = async (): Promise<void> => refuseIfAway();
  await expect(patience.through(work)).rejects.toThrow("no daemon");
  expect(nowMs()).toBe(AWAY_MS);
  await expect(patience.through(work)).rejects.toThrow("no daemon");
  expect(nowMs()).toBe(AWAY_MS);
});

test("what fails although the engine answers is tried once more, then it has failed", async () => {
  const { patience, nowMs } = away();
  let tries = 0;
  const work = async (): Promise<void> => {
    tries += 1;
    throw new AegisError("ENVIRONMENT", "`rm flag` exited 1");
  };
  await expect(patience.through(work)).rejects.toThrow("exited 1");
  expect(tries).toBe(2);
  expect(nowMs()).toBeLessThan(1000);
});

test("an engine that is away only between the work and the question is no reason to give up", async () => {
  const { patience } = away();
  let tries = 0;
  const work = async (): Promise<string> => {
    if (++tries === 1) throw new AegisError("ENVIRONMENT", "no daemon");
    return "undone";
  };
  expect(await patience.through(work)).toBe("undone");
});

test("a bug is no reason to wait", async () => {
  const { patience, nowMs } = away({ from: 0, to: 1e9 });
  const work = async (): Promise<void> => {
    throw new TypeError("of undefined");
  };
  await expect(patience.through(work)).rejects.toThrow(TypeError);
  expect(nowMs()).toBe(0);
});
