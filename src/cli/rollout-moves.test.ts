import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DECLARED_RELEASE } from "../engines/released.ts";
import type { Move } from "../rollout/moves.ts";
import { openLedger } from "../state/ledger.ts";
import { showMoves, showWayBack } from "./rollout-moves.ts";
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

function wayBack(...touched: readonly { run: string; name: string; release: object }[]) {
  const directory = mkdtempSync(join(tmpdir(), "aegis-way-back-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const ledger = openLedger(directory);
  for (const { run, name, release } of touched) {
    ledger.prepare({
      id: `update#1/${name}`,
      run,
      step: "update",
      kind: "rollout",
      target: { key: name, service: "app", name, instance: null },
      params: {},
      before: { release: { ...DECLARED_RELEASE, ...release } } as never,
      irreversible: false,
    });
  }
  ledger.close();
  const host = fakeHost();
  showWayBack(host, directory, { run: "r1", kind: "rollout" });
  return host.out.map((line) => line.trim().replace(/ +/g, " "));
}

test("what would be taken back is what was touched by this run, the last one first", () => {
  expect(
    wayBack(
      { run: "r1", name: "app1", release: { name: "v1" } },
      { run: "r1", name: "app2", release: {} },
      { run: "r0", name: "app3", release: {} },
    ),
  ).toEqual(["replica back to", "app2 what is declared", "app1 v1"]);
});

test("before anything was touched there is nothing to be put back", () => {
  expect(wayBack()).toEqual([
    "nothing has been touched yet: it would end, and nothing is to be put back",
  ]);
});
