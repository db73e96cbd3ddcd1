import { describe, expect, test } from "vitest";
import type { StateName, StateTest, Window } from "../model/assertion.ts";
import type { Replica } from "../model/replica.ts";
import type { Finding } from "../model/verdict.ts";
import { checkAssertion } from "./checks.ts";
import { stateSpans } from "./states.ts";
import { claim, madeStep } from "./testing/made-plan.ts";
import { S } from "./testing/made-requests.ts";
import { RunBuilder } from "./testing/run-builder.ts";

const RUN: Window = { kind: "run" };
const DEAD: Partial<Replica> = { state: "exited", ready: false, health: "none", instance: null };

/** app2 is down from 4 s to 6 s and comes back as another process; the run lasts from 1 s to 10 s. */
function crashed(): RunBuilder {
  return new RunBuilder({ steps: [madeStep("storm")] })
    .phases({ warmup: 1, baseline: 2, chaos: 5, recovery: 2 })
    .replica(0, "app1", { instance: "1" })
    .replica(0, "app2", { instance: "2", restarts: 5 })
    .replica(0, "app3", { instance: "3" })
    .injection("storm#1", "app2", { applying: 3.9 * S, applied: 4 * S, recovered: 6 * S })
    .replica(4 * S, "app2", { ...DEAD, restarts: 5 })
    .replica(6 * S, "app2", { instance: "22", restarts: 6 })
    .ended("complete", 11 * S);
}

function check(
  run: RunBuilder,
  state: StateName,
  throughout: Window | null,
  condition: StateTest["condition"],
  subject = "app",
): Finding {
  const stated = claim("it", { about: "state", subject, state, throughout, condition });
  return checkAssertion(run.timeline(), stated)[0] as Finding;
}

const atLeast = (value: number) =>
  ({ comparison: ">=", limits: [{ kind: "number", value }] }) as const;
const is = (...words: string[]) =>
  ({ comparison: "==", limits: [{ kind: "words", words }] }) as const;

test("a state is a step function of what the engine saw", () => {
  const spans = stateSpans(crashed().timeline(), "app", "ready", { from: 1 * S, to: 10 * S });
  expect(spans.map(({ from, to, value }) => [from / S, to / S, value])).toEqual([
    [1, 4, 3],
    [4, 6, 2],
    [6, 10, 3],
  ]);
});

describe("throughout", () => {
  test("the worst moment counts", () => {
    expect(check(crashed(), "ready", RUN, atLeast(2)).status).toBe("pass");
    const broken = check(crashed(), "ready", RUN, atLeast(3));
    expect(broken).toMatchObject({ status: "fail", measured: "2", value: 2, allowed: ">= 3" });
    expect(broken.sentence).toBe(
      "app.ready was 2 of 3 for 2s from chaos +1.0s on, during storm#1 (crash of app2); app2 was exited.",
    );
  });

  test("why a replica that ran was not ready is said, where the engine knows it", () => {
    const unready = "GET /ready answered 503";
    const silent = crashed().replica(8 * S, "app1", { ready: false, unready });
    expect(check(silent, "ready", RUN, atLeast(1), "app1").sentence).toContain(
      "; app1 was not ready (GET /ready answered 503).",
    );
  });

  test("only the window is looked at", () => {
    const baseline: Window = { kind: "phase", phase: "baseline" };
    expect(check(crashed(), "ready", baseline, atLeast(3)).status).toBe("pass");
    const during: Window = { kind: "during", step: "storm", plusMs: 0 };
    expect(check(crashed(), "ready", during, atLeast(3)).status).toBe("fail");
  });

  test("a share of the replicas is a number of them", () => {
    const share = (fraction: number) =>
      ({ comparison: ">=", limits: [{ kind: "percent", fraction }] }) as const;
    expect(check(crashed(), "ready", RUN, share(0.5)).status).toBe("pass");
    expect(check(crashed(), "ready", RUN, share(0.9)).status).toBe("fail");
  });
});

test("without a window the end of the run counts", () => {
  expect(check(crashed(), "ready", null, atLeast(3)).status).toBe("pass");
  const late = crashed().replica(9 * S, "app1", DEAD);
  expect(check(late, "ready", null, atLeast(3)).status).toBe("fail");
  const afterwards = crashed().replica(10.5 * S, "app1", DEAD);
  expect(check(afterwards, "ready", null, atLeast(3)).status).toBe("pass");
});

test("a replica that is frozen is not ready, even when nobody has asked it yet", () => {
  const frozen = crashed().replica(9 * S, "app3", { state: "paused", ready: true });
  expect(check(frozen, "ready", null, atLeast(3)).status).toBe("fail");
});

describe("unchanged", () => {
  test("a new process is a change, also when compared at the end", () => {
    expect(check(crashed(), "instance", RUN, "unchanged").status).toBe("fail");
    expect(check(crashed(), "instance", null, "unchanged").status).toBe("fail");
    expect(check(crashed(), "instance", null, "unchanged", "app1").status).toBe("pass");
  });

  test("what changes and changes back is unchanged at the end only", () => {
    const back = crashed()
      .replica(7 * S, "app1", { version: "v2" })
      .replica(8 * S, "app1");
    expect(check(back, "version", null, "unchanged").status).toBe("pass");
    expect(check(back, "version", RUN, "unchanged").status).toBe("fail");
  });
});

describe("versions", () => {
  test("each replica's has to be among the words", () => {
    expect(check(crashed(), "version", RUN, is("v1")).status).toBe("pass");
    const mixed = crashed().replica(7 * S, "app1", { version: "v2" });
    expect(check(mixed, "version", RUN, is("v1")).status).toBe("fail");
    expect(check(mixed, "version", RUN, is("v1", "v2")).status).toBe("pass");
    expect(check(mixed, "version", null, is("v2"), "app1").status).toBe("pass");
    expect(check(mixed, "version", null, { ...is("v2"), comparison: "!=" }, "app1").status).toBe(
      "fail",
    );
  });
});

test("restarts count from the start of the window, not from the life before the run", () => {
  const none = { comparison: "==", limits: [{ kind: "number", value: 0 }] } as const;
  expect(check(crashed(), "restarts", null, none, "app1").status).toBe("pass");
  expect(check(crashed(), "restarts", null, none, "app2")).toMatchObject({
    status: "fail",
    value: 1,
  });
});

describe("what the engine did not say is not known", () => {
  test("a declared replica nobody saw", () => {
    const run = new RunBuilder().phases({ chaos: 5 }).replica(0, "app1").replica(0, "app2");
    const finding = check(run, "ready", RUN, atLeast(2));
    expect(finding.status).toBe("inconclusive");
    expect(finding.doubts).toEqual(["the engine did not say the ready of app3"]);
  });

  test("a revision, or a subject that does not exist", () => {
    expect(check(crashed(), "revision", null, is("7")).status).toBe("inconclusive");
    expect(check(crashed(), "ready", null, atLeast(1), "nobody").status).toBe("inconclusive");
  });
});
