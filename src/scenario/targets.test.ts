import { describe, expect, test } from "vitest";
import { APPS, rehearse } from "./rehearsal.ts";
import { replica } from "./testing.ts";

const CRASH = "do: crash, target: { service: app }";
const PAUSE = "do: pause, target: { service: app }";

describe("targets", () => {
  test("a replica is left alone until its harm has ended and it has recovered", () => {
    const play = rehearse([
      "id: a, do: crash, target: { replica: app1 }",
      "id: b, do: crash, target: { replica: app1 }, at: 1s",
      "id: c, do: crash, target: { replica: app1 }, at: 3s",
    ]).withDelay({ recover: 2_000_000 });
    play.start(0);
    play.until(9_000_000);
    expect(play.told()).toContain("1s b not-injected");
    expect(play.details()).toContain("app1 has not recovered from a#1");
    expect(play.told()).toContain("3s inject c#1");
  });

  test("limits.down counts over all steps of a service", () => {
    const play = rehearse(
      [`id: a, ${PAUSE}, for: 2s`, `id: b, ${CRASH}, at: 1s`, `id: c, ${CRASH}, at: 3s`],
      "limits: { down: 1 }\n",
    );
    play.start(0);
    play.until(9_000_000);
    expect(play.injected().map(({ injection }) => injection)).toEqual(["a#1", "c#1"]);
    expect(play.details().join()).toMatch(
      /1 of app wanted: app\d has not recovered from a#1, limits.down is 1/,
    );
  });

  test("only: a set that is short when the time comes says who was not fit", () => {
    const some = APPS.map((each, n) =>
      n === 0 ? each : { ...each, ready: false, health: "unhealthy" as const },
    );
    const ready = rehearse(
      ["id: a, do: crash, target: { service: app, pick: 2, only: ready }"],
      "",
      some,
    );
    ready.start(0);
    expect(ready.details()).toEqual(["2 of app wanted: app2 is not ready, app3 is not ready"]);
    const one = rehearse(["id: a, do: crash, target: { service: app, only: healthy }"], "", some);
    one.start(0);
    expect(one.injected().map(({ target }) => target)).toEqual(["app1"]);
  });

  test("all-but-1, a share rounded up, and same-as", () => {
    const play = rehearse([
      "id: a, do: kill, target: { service: app, pick: all-but-1 }, for: 1s",
      "id: b, do: crash, target: { same-as: a }, at: 5s",
      'id: c, do: crash, target: { service: app, pick: "34%" }, at: 9s',
    ]);
    play.start(0);
    play.until(20_000_000);
    const targets = (step: string) =>
      play
        .injected()
        .filter((each) => each.step === step)
        .map(({ target }) => target);
    expect(targets("a")).toHaveLength(2);
    expect(targets("b")).toEqual(targets("a").sort());
    expect(targets("c")).toHaveLength(2);
  });

  test("prefer: the oldest or the newest, whoever has no age last", () => {
    const aged = [300, 100, null].map((startedAt, n) =>
      replica(`app${n + 1}`, "app", { startedAt }),
    );
    for (const [prefer, order] of [
      ["oldest", ["app2", "app1", "app3"]],
      ["newest", ["app1", "app2", "app3"]],
    ] as const) {
      const play = rehearse(
        [`id: a, do: kill, target: { service: app, pick: all, prefer: ${prefer} }, for: 1s`],
        "",
        aged,
      );
      play.start(0);
      expect(play.injected().map(({ target }) => target)).toEqual(order);
    }
  });

  test("one by one: the next only when the one before has recovered", () => {
    const play = rehearse(
      ["id: a, do: stop, target: { service: app, pick: all, one-by-one: true }, for: 1s"],
      "limits: { down: 1 }\n",
    ).withDelay({ recover: 2_000_000 });
    play.start(0);
    play.until(30_000_000);
    expect(play.injected().map(({ at }) => at / 1e6)).toEqual([0, 3, 6]);
    expect(new Set(play.injected().map(({ target }) => target)).size).toBe(3);
    expect(play.told().filter((line) => line.includes("ended"))).toEqual(["7s a ended"]);
  });
});
