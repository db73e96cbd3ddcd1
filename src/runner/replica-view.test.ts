import { expect, test } from "vitest";
import type { EngineEvent, EngineEventType, Replica } from "../model/replica.ts";
import { replica } from "../scenario/testing.ts";
import { ReplicaView } from "./replica-view.ts";

function told(
  type: EngineEventType,
  name: string,
  change: Partial<Replica> = {},
  by: EngineEvent["by"] = "aegis",
): EngineEvent {
  const now = replica(name, "app", change);
  return {
    type,
    at: 0,
    replica: now,
    instance: now.instance,
    exitCode: null,
    signal: null,
    by,
  };
}

function viewOf(...events: readonly EngineEvent[]): ReplicaView {
  const view = new ReplicaView();
  for (const event of events) view.see(event);
  return view;
}

const HERE = [told("snapshot", "app1"), told("snapshot", "app2")];
const GONE = { state: "removed", ready: false, instance: null } as const;
const names = (view: ReplicaView): string[] => view.all().map(({ name }) => name);

test("a newcomer is there until it is removed", () => {
  const came = [told("created", "app1+", { ready: false }), told("ready", "app1+")];
  const view = viewOf(...HERE, ...came);
  expect(names(view)).toEqual(["app1", "app2", "app1+"]);
  expect(view.lasting().map(({ name }) => name)).toEqual(["app1", "app2"]);
  expect(view.notReady()).toEqual([]);
  view.see(told("removed", "app1+", GONE));
  expect(names(view)).toEqual(["app1", "app2"]);
  expect(view.notReady()).toEqual([]);
});

test("one that was there from the first is missed when it is removed", () => {
  const view = viewOf(...HERE, told("removed", "app2", GONE));
  expect(names(view)).toEqual(["app1", "app2"]);
  expect(view.notReady()).toEqual(["app2"]);
});

test("why one is not ready is told, where it is known", () => {
  const unready = "GET /ready answered 503";
  const view = viewOf(
    told("snapshot", "app1", { ready: false, unready }),
    told("snapshot", "app2", { ready: false }),
    told("snapshot", "app3"),
  );
  expect(view.notReady()).toEqual(["app1 (GET /ready answered 503)", "app2"]);
});

test("one that goes on under a name that was there from the first is no newcomer any more", () => {
  const promoted = told("started", "app1", { instance: "200", version: "v2" });
  const view = viewOf(...HERE, promoted, told("removed", "app1+", GONE));
  expect(view.get("key-of-app1")).toMatchObject({ instance: "200", version: "v2" });
  expect(names(view)).toEqual(["app1", "app2"]);
});

test("who removed it is known", () => {
  const view = viewOf(
    ...HERE,
    told("removed", "app1", GONE, "itself"),
    told("removed", "app2", GONE, "aegis"),
    told("removed", "app1+", GONE, "policy"),
  );
  expect([...view.removedByOthers]).toEqual(["key-of-app1"]);
});
