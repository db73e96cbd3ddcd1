import { describe, expect, test } from "vitest";
import { APPS, planOf, Rehearsal, rehearse } from "./rehearsal.ts";
import { createScheduler } from "./scheduler.ts";

const CRASH = "do: crash, target: { service: app }";
const PAUSE = "do: pause, target: { service: app }";

describe("the end", () => {
  test("stop undoes what is held, injects nothing more, and is done when the harm is over", () => {
    const play = rehearse([`id: a, ${PAUSE}, for: 9s`, `id: b, ${CRASH}, at: 5s`]).withDelay({
      revert: 300_000,
    });
    play.start(0);
    play.until(1_000_000);
    play.stop();
    expect(play.told().slice(2)).toEqual(["1s revert a#1", "1s b not-injected"]);
    play.until(30_000_000);
    expect(play.told().slice(-2)).toEqual(["1.3s a ended", "1.3s done"]);
    expect(play.details()).toContain("the run was stopped: its time had not come");
  });

  test("what was still being applied at a stop is undone as soon as it is there", () => {
    const play = rehearse([`id: a, ${PAUSE}, for: 9s`]).withDelay({ apply: 2_000_000 });
    play.start(0);
    play.until(1_000_000);
    play.stop();
    play.until(30_000_000);
    expect(play.told().slice(2)).toEqual(["2s revert a#1", "2s a ended", "2s done"]);
  });

  test("a number of times that was promised and not reached is told; what has no number is not", () => {
    const times = rehearse([`id: a, ${CRASH}, repeat: { every: 2s, times: 8 }`]);
    times.start(0);
    times.until(3_000_000);
    times.stop();
    expect(times.details()).toEqual(["2 of 8 injected; the run was stopped"]);
    const plan = planOf([`id: a, ${CRASH}, repeat: { every: 2s, times: 8 }`]);
    const endless = plan.steps.map((step) => ({
      ...step,
      repeat: { everyMs: 2000, jitterMs: 0, times: null, forMs: null },
    }));
    const play = new Rehearsal({ ...plan, steps: endless }, APPS);
    play.start(0);
    play.until(9_000_000);
    play.stop();
    expect(play.injected()).toHaveLength(5);
    expect(play.told().slice(-2)).toEqual(["9s a ended", "9s done"]);
  });

  test("an injection that could not be applied harms nobody, and its step is not green", () => {
    const play = rehearse([`id: a, ${CRASH}`, `id: b, ${CRASH}, when: a ended`]).failing("a#1");
    play.start(0);
    play.until(5_000_000);
    expect(play.told()).toEqual([
      "0s a started",
      "0s inject a#1",
      "0s a not-injected",
      "0s b not-injected",
      "0s done",
    ]);
    expect(play.details()[0]).toBe("a#1 could not be applied");
  });

  test("done comes once, and after it nothing", () => {
    const play = rehearse([`id: a, ${CRASH}`]);
    play.start(0);
    play.until(5_000_000);
    play.tick();
    play.stop();
    expect(play.told().filter((line) => line.endsWith("done"))).toHaveLength(1);
    expect(play.wakeAt).toBeNull();
  });

  test("nothing happens before the start", () => {
    const play = rehearse([`id: a, ${CRASH}`]);
    play.tick();
    expect([play.log, play.wakeAt]).toEqual([[], null]);
    expect(createScheduler(planOf([`id: a, ${CRASH}`])).steps[0]?.stage).toBe("pending");
  });
});
