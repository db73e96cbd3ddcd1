import { describe, expect, test } from "vitest";
import type { ReplicaSpec } from "../../model/stack.ts";
import { serverSpec } from "../contract/stack.ts";
import { newcomerRefusal } from "./newcomer-refusal.ts";

const web1 = serverSpec("web1", { service: "web" });

function refusal(
  changes: Partial<ReplicaSpec>,
  others: readonly ReplicaSpec[] = [],
  entry?: string,
) {
  const target = { ...web1, ...changes };
  return newcomerRefusal(target, [target, ...others], entry);
}

function consumer(environment: Record<string, string>, command: readonly string[] = ["front"]) {
  const process = { command, port: 80, extraPorts: {}, cwd: null };
  return serverSpec("front", { environment, process });
}

describe("a newcomer would be of no use", () => {
  test.each<[string, string | null]>([
    ["beside a port of the machine", refusal({ ports: [{ host: 8080, container: 80 }] })],
    ["beside the named entry", refusal({}, [], "web")],
    [
      "beside what is published, when no entry is named",
      refusal({ ports: [{ host: 0, container: 80 }] }),
    ],
    ["for one that knows the service", refusal({}, [consumer({ TO: "http://{address:web}/" })])],
    ["for one that knows the replica", refusal({}, [consumer({ TO: "{address:web1:3001}" })])],
    ["for one with it in its command", refusal({}, [consumer({}, ["x", "--to={address:web}"])])],
    ["for one with it among others", refusal({}, [consumer({ A: "{address:db},{address:web}" })])],
  ])("%s", (_what, reason) => expect(reason).toMatch(/web|front/));

  test("the reason names who it is", () => {
    expect(refusal({}, [consumer({ TO: "{address:web}" })])).toBe(
      "front is started with the address of web ({address:...}) and would never hear of another one",
    );
    expect(refusal({ ports: [{ host: 8080, container: 80 }] })).toBe(
      "web1 publishes port 8080, and two programs cannot listen on one port",
    );
  });
});

describe("nothing speaks against a newcomer", () => {
  test.each<[string, string | null]>([
    ["that others find in the members file", refusal({}, [consumer({ UPSTREAM: "web" })])],
    ["when others know another service", refusal({}, [consumer({ TO: "{address:web-admin}" })])],
    [
      "when another service is the entry",
      refusal({ ports: [{ host: 0, container: 80 }] }, [], "front"),
    ],
  ])("%s", (_what, reason) => expect(reason).toBeNull());
});
