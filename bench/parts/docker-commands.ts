import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createHost } from "../../src/cli/host.ts";
import { loadStack, NO_CHOICE } from "../../src/cli/load-stack.ts";
import type { Engine } from "../../src/engines/engine.ts";
import { loadEngine } from "../../src/engines/registry.ts";
import { AegisUser } from "../aegis.ts";
import { median } from "../figures.ts";
import type { Bench, Part } from "../part.ts";

const CONTAINERS = 50;
const LOOKS = 7;
const CRASHES = 15;
const PATIENCE_MS = 60_000;

/** Containers that only wait; one of them is revived by its policy. */
const COMPOSE = (containers: number) => `services:
  idle:
    image: node:24-bookworm-slim
    command: [sleep, infinity]
    init: true
    scale: ${containers}
    restart: always
    stop_grace_period: 1s
`;

/** How long people wait for Docker and us. */
export const dockerCommands: Part = {
  name: "docker-commands",
  title: `commands on ${CONTAINERS} containers`,
  run: async (bench) => {
    const containers = bench.options.quick ? 5 : CONTAINERS;
    const user = new AegisUser(bench.packageRoot, bench.directory, FLAGS);
    user.write("compose.yaml", COMPOSE(containers));
    bench.tell(`starting ${containers} containers`);
    await user.succeed("up");
    try {
      await looks(bench, user, containers);
      await deaths(bench, user);
    } finally {
      await user.leave();
    }
  },
};

const FLAGS = ["--compose", "compose.yaml", "--project", "aegis-bench-idle", "--engine", "docker"];

async function looks({ figures, keep, tell }: Bench, user: AegisUser, containers: number) {
  tell("aegis status");
  const took: number[] = [];
  for (let look = 1; look <= LOOKS; look++) {
    const { wallMs, stdout } = await user.succeed("status", "--json");
    const { replicas } = JSON.parse(stdout) as { replicas: readonly { readonly state: string }[] };
    const running = replicas.filter(({ state }) => state === "running").length;
    if (running !== containers) throw new Error(`${running} of ${containers} containers run`);
    keep({ look, wallMs });
    took.push(wallMs);
  }
  const goal = { op: "<=", limit: 500 } as const;
  const name = `\`aegis status\` on ${containers} containers`;
  figures.set({ name, unit: "ms", goal, judged: "median" }, median(took), took);
}

/** Through the engine itself: a journal tells when the death was, not when it was heard of. */
async function deaths({ figures, keep, tell, directory }: Bench, user: AegisUser): Promise<void> {
  tell("crash to died");
  const { world } = createHost();
  const flags = {
    compose: user.path("compose.yaml"),
    project: "aegis-bench-idle",
    engine: "docker",
  };
  const { stack } = loadStack(world, flags, NO_CHOICE);
  const stateDirectory = mkdtempSync(join(directory, "engine-"));
  const engine = await (await loadEngine("docker"))({ stack, world, stateDirectory });
  const lease = await engine.lease({ ttlMs: 10_000, downOnExpiry: false });
  const took: number[] = [];
  try {
    for (let crash = 0; crash < CRASHES; crash++) {
      const ms = await crashOne(engine, crash);
      keep({ crash, ms });
      took.push(ms);
      await sleep(500);
    }
  } finally {
    await lease.release();
    await engine.close();
  }
  const goal = { op: "<=", limit: 250 } as const;
  figures.set(
    { name: "`crash` to its died event seen", unit: "ms", goal, judged: "median" },
    median(took),
    took,
  );
}

async function crashOne(engine: Engine, nth: number): Promise<number> {
  const replicas = await engine.replicas();
  const victim = replicas[nth % replicas.length];
  if (victim === undefined) throw new Error("no replica to crash");
  const stop = new AbortController();
  const heard = AbortSignal.any([stop.signal, AbortSignal.timeout(PATIENCE_MS)]);
  const seen = (async () => {
    for await (const { type, replica } of engine.events(heard)) {
      if (type === "died" && replica.key === victim.key) return performance.now();
    }
    throw new Error(`no died event of ${victim.name}`);
  })();
  // Listening takes a moment; the snapshot comes first.
  await sleep(300);
  const began = performance.now();
  await engine.powers.crash.crash(victim);
  try {
    return (await seen) - began;
  } finally {
    stop.abort();
  }
}
