import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe } from "vitest";
import { createHost } from "../cli/host.ts";
import { composeTextOf } from "../engines/docker/testing/compose-text.ts";
import type { Engine, Lease } from "../engines/engine.ts";
import { loadEngine } from "../engines/registry.ts";
import type { World } from "../kit/world.ts";
import type { Replica } from "../model/replica.ts";
import type { ReplicaSpec, Stack } from "../model/stack.ts";
import { projectDirectory, rememberProject } from "../state/project-directory.ts";
import { type Bench, contractSuite } from "./contract-suite.ts";
import { kinds } from "./index.ts";

const host = createHost();
const dist = join(host.world.packageRoot, "dist", "src");
const PATIENT = { timeoutMs: 30_000, onProgress: () => undefined };

/** All that a fresh process has: the built code, the project's directory, and the entry. */
const REVERT = `
import { createHost } from "${dist}/cli/host.js";
import { loadEngine } from "${dist}/engines/registry.js";
import { kinds } from "${dist}/faults/index.js";
import { recallProject } from "${dist}/state/project-directory.js";
const [stateDirectory, json] = process.argv.slice(1);
const { world } = createHost();
const { stack } = recallProject(stateDirectory);
const { kind, target, params, before } = JSON.parse(json);
const engine = await (await loadEngine("docker"))({ stack, world, stateDirectory });
await kinds.find((one) => one.name === kind).revert(engine.powers, target, params, before);
await engine.close();
`;

function replicaSpec(name: string): ReplicaSpec {
  const program = 'process.on("SIGTERM", () => process.exit()); setInterval(() => {}, 1000)';
  return {
    name,
    service: "app",
    environment: {},
    dependsOn: [],
    restart: { mode: "no", maxRetries: null },
    stopGraceMs: 5000,
    stopSignal: "SIGTERM",
    healthcheck: null,
    container: { service: name, number: 1, image: null, port: null },
    process: { command: ["{node}", "-e", program], port: null, extraPorts: {}, cwd: null },
    ready: "running",
    identify: { replica: null, version: null },
    versions: {},
    ports: [],
  };
}

describe("on containers", () => {
  const directory = mkdtempSync(join(tmpdir(), "aegis-faults-"));
  const world: World = { ...host.world, stateHome: join(directory, "state") };
  const file = join(directory, "compose.yml");
  const stack: Stack = {
    project: `aegis-faults-${world.pid}`,
    file,
    directory,
    profiles: [],
    replicas: ["app1", "app2"].map(replicaSpec),
  };
  const stateDirectory = projectDirectory(world, "docker", stack.project);
  let engine: Engine;
  let lease: Lease | null = null;

  beforeAll(async () => {
    writeFileSync(file, composeTextOf(stack));
    rememberProject(stateDirectory, { engine: "docker", stack, owned: true }, world);
    engine = await (await loadEngine("docker"))({ stack, world, stateDirectory });
  });
  afterAll(async () => {
    await engine.down();
    await engine.close();
    rmSync(directory, { recursive: true });
  });

  /** One stack and one lease for all tests: what a test has left of its harm is put right after it. */
  async function withBench(work: (bench: Bench) => Promise<void>): Promise<void> {
    lease ??= await engine.lease({ ttlMs: 60_000, downOnExpiry: false });
    await engine.up(PATIENT);
    try {
      await work({
        powers: engine.powers,
        hold: { lease: lease.id, injection: "step#1" },
        replicas: () => engine.replicas(),
        events: (signal) => engine.events(signal),
        down: () => {
          lease = null;
          return engine.down();
        },
        revert: async (entry) => {
          const parameters = ["--input-type=module", "-e", REVERT, stateDirectory, entry];
          await promisify(execFile)(world.execPath, parameters);
        },
      });
    } finally {
      if (lease !== null) await putRight();
    }
  }

  async function putRight(): Promise<void> {
    const { lifecycle, exec } = engine.powers;
    const first = (await engine.replicas())[0] as Replica;
    await lifecycle.unpause(first);
    await lifecycle.recreate(first);
    await exec.run(first, ["rm", "-f", "maintenance.flag"], 10_000);
  }

  contractSuite(kinds, withBench);
});
