import { describe, expect, test } from "vitest";
import { fraction } from "../kit/seed.ts";
import type { StateName } from "../model/assertion.ts";
import type { Replica } from "../model/replica.ts";
import type { Span, Timeline } from "../model/timeline.ts";
import { type StateSpan, stateEnds, stateSpans } from "./states.ts";
import { RunBuilder } from "./testing/run-builder.ts";

const STATES: readonly StateName[] = ["ready", "healthy", "restarts", "instance", "version"];
const NAMES = ["app1", "app2", "app3"];

/** Up to 40 changes of up to three replicas between 0 and 50, many at the same moment. */
function random(seed: number): Timeline {
  const draw = (what: string, index: number, below: number) =>
    Math.floor(fraction(seed, what, index) * below);
  const made = new RunBuilder();
  for (let index = 0; index < draw("count", 0, 40); index++) {
    made.replica(draw("at", index, 51), NAMES[draw("who", index, 3)] as string, {
      state: draw("state", index, 3) === 0 ? "exited" : "running",
      ready: draw("ready", index, 2) === 0,
      health: draw("health", index, 2) === 0 ? "healthy" : "unhealthy",
      version: `v${draw("version", index, 2)}`,
      instance: draw("instance", index, 3) === 0 ? null : String(draw("instance", index, 3)),
      restarts: draw("restarts", index, 4),
    });
  }
  return made.timeline();
}

/** What each replica was at `t`, found by looking through all points. */
function eachAt(timeline: Timeline, state: StateName, span: Span, t: number): string[] {
  return [...NAMES]
    .map((name) => {
      const points = timeline.replicas.find((replica) => replica.name === name)?.points ?? [];
      const at = (moment: number) => points.findLast((point) => point.t <= moment)?.replica;
      return `${name}=${told(at(t), state, at(span.from)?.restarts ?? 0)}`;
    })
    .sort();
}

function told(replica: Replica | undefined, state: StateName, before: number): string | number {
  if (!replica) return "unknown";
  const runs = replica.state === "running";
  if (state === "ready") return Number(runs && replica.ready);
  if (state === "healthy") return Number(runs && replica.health === "healthy");
  if (state === "restarts") return Math.max(0, replica.restarts - before);
  return (state === "instance" ? replica.instance : replica.version) ?? "none";
}

const sorted = ({ each }: StateSpan) => [...each].sort();

describe("against brute force, moment by moment", () => {
  const spans: readonly Span[] = [
    { from: 0, to: 50 },
    { from: 13, to: 31 },
    { from: 7, to: 7 },
  ];

  test("the stretches cover the span without a hole, and say what was at each moment of it", () => {
    for (let seed = 0; seed < 100; seed++) {
      const timeline = random(seed);
      for (const span of spans) {
        const state = STATES[seed % STATES.length] as StateName;
        const found = stateSpans(timeline, "app", state, span);
        const cuts = found.flatMap(({ from, to }) => [from, to]);
        expect([cuts[0], cuts.at(-1)]).toEqual([span.from, span.to]);
        expect(found.slice(1).map(({ from }) => from)).toEqual(
          found.slice(0, -1).map(({ to }) => to),
        );
        for (let t = span.from; t === span.from || t < span.to; t++) {
          const stretch = found.findLast(({ from }) => from <= t) as StateSpan;
          expect(sorted(stretch)).toEqual(eachAt(timeline, state, span, t));
        }
      }
    }
  });

  test("the ends are the first and the last stretch", () => {
    for (let seed = 0; seed < 100; seed++) {
      const timeline = random(seed);
      for (const span of spans) {
        const state = STATES[seed % STATES.length] as StateName;
        const found = stateSpans(timeline, "app", state, span);
        const { first, last } = stateEnds(timeline, "app", state, span);
        expect(first.each).toEqual(found[0]?.each);
        expect({ ...last, from: 0 }).toEqual({ ...found.at(-1), from: 0 });
        expect(last.from).toBeGreaterThanOrEqual(found.at(-1)?.from as number);
      }
    }
  });
});

test("what changes nothing of the state makes no new stretch", () => {
  const made = new RunBuilder();
  for (let t = 0; t < 100; t++) made.replica(t, "app1", { restarts: t });
  const timeline = made.timeline();
  expect(stateSpans(timeline, "app1", "ready", { from: 0, to: 100 })).toHaveLength(1);
  expect(stateSpans(timeline, "app1", "restarts", { from: 0, to: 100 })).toHaveLength(100);
});

test("twenty thousand changes are looked through once, not once for each of them", () => {
  const made = new RunBuilder();
  const changes = 20_000;
  for (let t = 0; t < changes; t++) made.replica(t, NAMES[t % 3] as string, { restarts: t });
  const { replicas, ...rest } = made.timeline();
  let looks = 0;
  const counted = replicas.map((history) => ({
    ...history,
    points: history.points.map(({ t, replica }) => ({
      replica,
      get t() {
        looks++;
        return t;
      },
    })),
  }));
  const span = { from: 10, to: changes };
  const timeline = { ...rest, replicas: counted };
  expect(stateSpans(timeline, "app", "restarts", span)).toHaveLength(changes - 10);
  expect(looks).toBeLessThan(5 * changes);
  looks = 0;
  expect(stateEnds(timeline, "app", "restarts", span).last.from).toBe(changes - 1);
  expect(looks).toBeLessThan(1000);
});
