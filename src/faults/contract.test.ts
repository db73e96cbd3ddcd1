import { describe, expect, test } from "vitest";
import { createHost } from "../cli/host.ts";
import { createDryEngine } from "../engines/dry/index.ts";
import type { Exec } from "../model/powers.ts";
import type { ReplicaSpec, Stack } from "../model/stack.ts";
import { applyTo, type Bench, contractSuite } from "./contract-suite.ts";
import { kinds } from "./index.ts";

const { world } = createHost();

function replicaSpec(name: string): ReplicaSpec {
  return {
    name,
    service: "app",
    environment: {},
    dependsOn: [],
    restart: { mode: "no", maxRetries: null },
    stopGraceMs: 5000,
    stopSignal: "SIGTERM",
    healthcheck: null,
    container: null,
    process: null,
    ready: "running",
    identify: { replica: null, version: null },
    versions: {},
    ports: [],
  };
}

/** Understands `touch`, `test -e` and `rm -f` of one file: what the example of `exec` needs. */
function createFiles(): Exec {
  const files = new Set<string>();
  return {
    run: async (_target, [program, ...rest]) => {
      const file = rest.at(-1) as string;
      const there = files.has(file);
      if (program === "touch") files.add(file);
      if (program === "rm") files.delete(file);
      return { exitCode: program === "test" && !there ? 1 : 0, stdout: "", stderr: "" };
    },
    hold: async () => {},
    free: async () => {},
  };
}

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const replicas = ["app1", "app2"].map(replicaSpec);
  const stack: Stack = { project: "faults", file: null, directory: "/", profiles: [], replicas };
  const engine = await createDryEngine({ stack, world, stateDirectory: "/nowhere" });
  await engine.up({ timeoutMs: 1000, onProgress: () => {} });
  const { id: lease } = await engine.lease({ ttlMs: 1000, downOnExpiry: false });
  const powers = { ...engine.powers, exec: createFiles() };
  await work({
    powers,
    hold: { lease, injection: "step#1" },
    replicas: () => engine.replicas(),
    events: (signal) => engine.events(signal),
    down: () => engine.down(),
    revert: async (json) => {
      const { kind, target, params, before } = JSON.parse(json);
      await kinds.find(({ name }) => name === kind)?.revert(powers, target, params, before);
    },
  });
}

contractSuite(kinds, withBench);

describe.each(kinds.filter(({ targeted }) => targeted))("undoing $name", (kind) => {
  test.each([{ state: "running" }, { state: "exited" }])(
    "once more moves nothing, when it was %o before",
    (before) =>
      withBench(async (bench) => {
        const { entry, evidence, stopListening } = await applyTo(bench, kind, bench.powers);
        await bench.revert(entry(before));
        await new Promise(setImmediate);
        const { length } = evidence().events;
        await bench.revert(entry(before));
        await new Promise(setImmediate);
        expect(evidence().events.slice(length)).toEqual([]);
        stopListening();
      }),
  );
});

test.each(kinds.filter(({ targeted }) => !targeted))(
  "$name leaves every replica as it was",
  (kind) =>
    withBench(async (bench) => {
      const before = await bench.replicas();
      const target = { key: "", service: "", name: "", instance: null };
      const state = await kind.prepare(bench.powers, target, {});
      const applied = await kind.apply(bench.powers, target, {}, bench.hold);
      await kind.revert(bench.powers, target, {}, state);
      await kind.revert(bench.powers, target, {}, state);
      expect(kind.proof({ events: [], applied, target })).toBe(true);
      expect(await bench.replicas()).toEqual(before);
    }),
);
