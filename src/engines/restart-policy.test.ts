import { describe, expect, test } from "vitest";
import type { RestartPolicy } from "../model/stack.ts";
import { afterDeath, FRESH_MEMORY, type RestartMemory } from "./restart-policy.ts";

const always: RestartPolicy = { mode: "always", maxRetries: null };
const crash = { failed: true, ranMs: 5 };

describe("afterDeath", () => {
  test.each<[string, RestartPolicy, boolean, boolean]>([
    ["no never revives", { mode: "no", maxRetries: null }, true, false],
    ["always revives after a failure", always, true, true],
    ["always revives after a clean exit", always, false, true],
    ["unless-stopped revives", { mode: "unless-stopped", maxRetries: null }, false, true],
    ["on-failure revives after a failure", { mode: "on-failure", maxRetries: null }, true, true],
    ["on-failure leaves a clean exit", { mode: "on-failure", maxRetries: null }, false, false],
  ])("%s", (_name, policy, failed, revived) => {
    expect(afterDeath(policy, FRESH_MEMORY, { failed, ranMs: 5 }) !== null).toBe(revived);
  });

  test("doubles the delay from 100 ms up to a minute", () => {
    const delays: number[] = [];
    let memory: RestartMemory = FRESH_MEMORY;
    for (let death = 0; death < 12; death++) {
      memory = afterDeath(always, memory, crash) as RestartMemory;
      delays.push(memory.delayMs);
    }
    expect(delays).toEqual([
      100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000,
    ]);
  });

  test("starts over after a life of 10 s, and not after one of 9.9 s", () => {
    const memory = { delayMs: 3200, revivals: 6 };
    expect(afterDeath(always, memory, { failed: true, ranMs: 10_000 })?.delayMs).toBe(100);
    expect(afterDeath(always, memory, { failed: true, ranMs: 9_900 })?.delayMs).toBe(6400);
  });

  test("on-failure:2 revives twice and no more", () => {
    const policy: RestartPolicy = { mode: "on-failure", maxRetries: 2 };
    const once = afterDeath(policy, FRESH_MEMORY, crash) as RestartMemory;
    const twice = afterDeath(policy, once, crash) as RestartMemory;
    expect(twice.revivals).toBe(2);
    expect(afterDeath(policy, twice, crash)).toBeNull();
  });
});
