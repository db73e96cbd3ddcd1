import { expect, test } from "vitest";
import { DECLARED_RELEASE } from "../engines/released.ts";
import type { Move } from "../rollout/moves.ts";
import { showMoves } from "./rollout-moves.ts";
import { fakeHost } from "./testing/fake-host.ts";

function move(name: string, changes: Partial<Move> = {}): Move {
  return {
    target: { key: name, service: "app", name, instance: null },
    strategy: "surge",
    noSurge: null,
    before: DECLARED_RELEASE,
    after: { ...DECLARED_RELEASE, name: "v2" },
    answeredAs: "v1",
    already: false,
    ...changes,
  };
}

function shown(...moves: readonly Move[]): readonly string[] {
  const host = fakeHost();
  showMoves(host, { to: "v2", moves });
  return host.out.map((line) => line.trim().replace(/ +/g, " "));
}

test("what is replaced in place for want of a surge says why, once for all whom it holds for", () => {
  const held = { strategy: "in-place", noSurge: "the engine has none" } as const;
  const own = { strategy: "in-place", noSurge: "app3 publishes port 80" } as const;
  expect(shown(move("app1", held), move("app2", held), move("app3", own))).toEqual([
    "replica strategy from to",
    "app1 in-place v1 v2",
    "app2 in-place v1 v2",
    "app3 in-place v1 v2",
    "no surge of app1, app2: the engine has none",
    "no surge of app3: app3 publishes port 80",
  ]);
});

test("a surge, what was asked for in place and what has nothing to do need no reason", () => {
  expect(shown(move("app1"), move("app2", { strategy: "in-place" }))).toHaveLength(3);
  expect(shown(move("app1", { strategy: "in-place", already: true }))[1]).toBe(
    "app1 nothing to do v1 v2",
  );
});
