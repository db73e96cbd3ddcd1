import { describe, expect, test } from "vitest";
import { planOf, rehearse } from "./rehearsal.ts";
import { MINIMAL, problemsOf } from "./testing.ts";

const MOVE = "id: m, do: move, target: { service: app }";
const MINUTE = { apply: 60_000_000 };
const others = (step: string, count = 2): string =>
  `id: ${step}, do: crash, target: { service: app, pick: ${count} }, at: 1s`;

describe("the replica that a step with stages is at", () => {
  test.each(["app1", "app2", "app3"])("%s is not harmed by another", (name) => {
    const play = rehearse([MOVE, others("c")]).withDelay(MINUTE);
    play.start(0);
    play.comesTo("m#1", name);
    play.until(5_000_000);
    const harmed = play.injected().filter(({ step }) => step === "c");
    expect(harmed).toHaveLength(2);
    expect(harmed.map(({ target }) => target)).not.toContain(name);
  });

  test("named, it cannot be had: the other step is not injected, and says why", () => {
    const crash = "id: c, do: crash, target: { replica: app2 }, at: 1s";
    const play = rehearse([MOVE, crash]).withDelay(MINUTE);
    play.start(0);
    play.comesTo("m#1", "app2");
    play.until(5_000_000);
    expect(play.told()).toContain("1s c not-injected");
    expect(play.details()[0]).toContain("m#1");
  });

  test("a step that is repeated waits until it has gone on", () => {
    const crash =
      "id: c, do: crash, target: { replica: app2 }, at: 1s, repeat: { every: 1s, times: 1 }";
    const play = rehearse([MOVE, crash]).withDelay(MINUTE);
    play.start(0);
    play.comesTo("m#1", "app2");
    play.until(3_000_000);
    expect(play.told()).not.toContain("1s inject c#1");
    play.comesTo("m#1", "app3");
    expect(play.told()).toContain("3s inject c#1");
  });

  test("it counts among those that limits.down allows", () => {
    const crash =
      "id: c, do: crash, target: { service: app }, at: 1s, repeat: { every: 1s, times: 1 }";
    const play = rehearse([MOVE, crash], "limits: { down: 1 }").withDelay(MINUTE);
    play.start(0);
    play.comesTo("m#1", "app2");
    play.until(3_000_000);
    expect(play.injected()).toHaveLength(1);
    play.comesTo("m#1", null);
    expect(play.told()).toContain("3s inject c#1");
  });

  test.each(["none in between", "over"])("is free again: %s", (how) => {
    const play = rehearse([MOVE, others("c", 3)]).withDelay({
      apply: how === "over" ? 500_000 : 60_000_000,
    });
    play.start(0);
    play.comesTo("m#1", "app2");
    if (how !== "over") play.comesTo("m#1", null);
    play.until(900_000);
    play.until(2_000_000);
    expect(play.injected().filter(({ step }) => step === "c")).toHaveLength(3);
  });
});

describe("two steps with stages", () => {
  const TWO = [MOVE, MOVE.replace("id: m", "id: n")];

  test("the second waits until the first has ended", () => {
    const play = rehearse(TWO).withDelay({ apply: 7_000_000 });
    play.start(0);
    play.until(20_000_000);
    expect(play.told()).toEqual([
      "0s m started",
      "0s inject m#1",
      "7s m ended",
      "7s n started",
      "7s inject n#1",
      "14s n ended",
      "14s done",
    ]);
  });

  test("also when the first has failed", () => {
    const play = rehearse(TWO).withDelay({ apply: 7_000_000 }).failing("m#1");
    play.start(0);
    play.until(20_000_000);
    expect(play.told()).toContain("7s inject n#1");
  });

  test("one that waits when the run is stopped was not injected", () => {
    const play = rehearse(TWO).withDelay({ apply: 7_000_000 });
    play.start(0);
    play.stop();
    play.until(20_000_000);
    expect(play.injected()).toHaveLength(1);
    expect(play.details().join()).toContain("the run was stopped: m#1 is under way");
  });
});

describe("its target", () => {
  const withTarget = (target: string): string =>
    MINIMAL.replace("do: crash, target: { service: app }", `do: move, target: { ${target} }`);

  test.each([
    ["service: app, pick: 1", "pick"],
    ["service: app, pick: all", "pick"],
    ["service: app, only: ready", "only"],
    ["service: app, prefer: oldest", "prefer"],
    ["service: app, one-by-one: true", "one-by-one"],
    ["same-as: hit", "same-as"],
  ])("is a whole service or one replica: { %s } is refused", (target, key) => {
    const [problem] = problemsOf(withTarget(target));
    expect(problem?.message).toBe(
      `move goes through a whole service, or one replica: it takes no "${key}"`,
    );
  });

  test.each(["service: app", "replica: app2"])("{ %s }", (target) => {
    expect(problemsOf(withTarget(target))).toEqual([]);
  });

  test("it is one injection, without a target of its own", () => {
    const play = rehearse([MOVE]);
    play.start(0);
    expect(play.injected()).toMatchObject([{ injection: "m#1", target: null }]);
    expect(planOf([MOVE]).steps[0]?.staged).toBe(true);
  });

  test("it is nothing for a monkey", () => {
    const monkey = `${MINIMAL}monkey: { service: app, every: 1s, for: 9s, kinds: [move] }\n`;
    const messages = problemsOf(monkey).map(({ message }) => message);
    expect(messages).toContain("move chooses its replicas itself: write it as a step");
  });
});
