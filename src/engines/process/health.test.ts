import { describe, expect, test } from "vitest";
import { afterProbe, freshHealth, nextProbeMs } from "./health.ts";

const check = {
  test: { http: "/health" },
  intervalMs: 1000,
  timeoutMs: 500,
  retries: 2,
  startPeriodMs: 3000,
};

describe("health", () => {
  test("without a check there is none", () => {
    expect(freshHealth(null, 0).health).toBe("none");
  });

  test("one success makes healthy, also from unhealthy", () => {
    const sick = { health: "unhealthy", failures: 5, startedAt: 0, countedAt: 0 } as const;
    expect(afterProbe(sick, check, true, 10)).toMatchObject({ health: "healthy", failures: 0 });
  });

  test("failures within the start period do not count", () => {
    let state = freshHealth(check, 0);
    for (const now of [1000, 2000, 2999]) state = afterProbe(state, check, false, now);
    expect(state).toMatchObject({ health: "starting", failures: 0 });
  });

  test("after the start period it takes `retries` failures, one per interval at most", () => {
    let state = freshHealth(check, 0);
    state = afterProbe(state, check, false, 3000);
    for (const now of [3100, 3200, 3300]) state = afterProbe(state, check, false, now);
    expect(state).toMatchObject({ health: "starting", failures: 1 });
    expect(afterProbe(state, check, false, 4000).health).toBe("unhealthy");
  });

  test("a healthy one turns unhealthy only by failures in a row", () => {
    const healthy = afterProbe(freshHealth(check, 0), check, true, 50);
    const once = afterProbe(healthy, check, false, 1050);
    expect(once.health).toBe("healthy");
    const recovered = afterProbe(once, check, true, 2050);
    expect(afterProbe(recovered, check, false, 3050).health).toBe("healthy");
    expect(afterProbe(once, check, false, 2050).health).toBe("unhealthy");
  });

  test("looks eagerly until the first success and by the interval afterwards", () => {
    const starting = freshHealth(check, 0);
    expect(nextProbeMs(starting, check)).toBe(100);
    expect(nextProbeMs(afterProbe(starting, check, true, 10), check)).toBe(1000);
  });
});
