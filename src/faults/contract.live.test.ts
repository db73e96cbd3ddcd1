import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";
import { createHost } from "../cli/host.ts";
import { loadEngine } from "../engines/registry.ts";
import type { World } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import type { ReplicaSpec, Stack } from "../model/stack.ts";
import { projectDirectory, rememberProject } from "../state/project-directory.ts";
import { applyTo, type Bench, contractSuite, PATIENCE } from "./contract-suite.ts";
import { kinds } from "./index.ts";

const host = createHost();
const dist = join(host.world.packageRoot, "dist", "src");

/** All that a fresh process has: the built code, the project's directory, and the entry. */
const REVERT = `
import { createHost } from "${dist}/cli/host.js";
import { loadEngine } from "${dist}/engines/registry.js";
import { kinds } from "${dist}/faults/index.js";
import { recallProject } from "${dist}/state/project-directory.js";
const [stateDirectory, json] = process.argv.slice(1);
const { world } = createHost();
const { engine: name, stack } = recallProject(stateDirectory);
const { kind, target, params, before } = JSON.parse(json);
const engine = await (await loadEngine(name))({ stack, world, stateDirectory });
await kinds.find((one) => one.name === kind).revert(engine.powers, target, params, before);
await engine.close();
`;

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
    process: {
      command: ["{node}", "-e", "setInterval(() => {}, 1000)"],
      port: null,
      extraPorts: {},
      cwd: null,
    },
    ready: "running",
    identify: { replica: null, version: null },
    versions: {},
    ports: [],
  };
}

async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "aegis-faults-"));
  const world: World = { ...host.world, stateHome: join(directory, "state") };
  const replicas = ["app1", "app2"].map(replicaSpec);
  const stack: Stack = { project: "faults", file: null, directory, profiles: [], replicas };
  const stateDirectory = projectDirectory(world, "process", stack.project);
  rememberProject(stateDirectory, { engine: "process", stack, owned: true }, world);
  const engine = await (await loadEngine("process"))({ stack, world, stateDirectory });
  try {
    await engine.up({ timeoutMs: 30_000, onProgress: () => {} });
    const lease = await engine.lease({ ttlMs: 60_000, downOnExpiry: false });
    await work({
      powers: engine.powers,
      hold: { lease: lease.id, injection: "step#1" },
      replicas: () => engine.replicas(),
      events: (signal) => engine.events(signal),
      down: () => engine.down(),
      revert: async (entry) => {
        const parameters = ["--input-type=module", "-e", REVERT, stateDirectory, entry];
        await promisify(execFile)(world.execPath, parameters);
      },
    });
    await lease.release();
  } finally {
    await engine.down();
    await engine.close();
    rmSync(directory, { recursive: true });
  }
}

contractSuite(kinds, withBench);

test("a pause that somebody ends is not proven, also when aegis ends it once more", () =>
  withBench(async (bench) => {
    const pause = kinds.find(({ name }) => name === "pause") as StepKind;
    const { entry, target, evidence, stopListening } = await applyTo(bench, pause, bench.powers);
    await vi.waitFor(() => expect(pause.proof(evidence())).toBe(true), PATIENCE);
    process.kill(Number(target.instance), "SIGCONT");
    await vi.waitFor(() => expect(pause.proof(evidence())).toBe(false), PATIENCE);
    await bench.revert(entry());
    expect(pause.proof(evidence())).toBe(false);
    stopListening();
  }));
