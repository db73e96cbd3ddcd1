import { setTimeout as sleep } from "node:timers/promises";
import { AegisUser } from "../aegis.ts";
import { startBareContainers, wardenPid } from "../bare-containers.ts";
import { type BareStack, startBareStack } from "../bare-stack.ts";
import { chaosBegins } from "../chaos-begins.ts";
import { startSender } from "../child.ts";
import { end } from "../command.ts";
import { median } from "../figures.ts";
import type { SenderResult } from "../light-sender.ts";
import { usageOf } from "../machine.ts";
import type { Bench, Part } from "../part.ts";

const RATE = 500;
/** Of the prober, per second. */
const PROBE_RATE = 200;

/**
 * What aegis costs the machine that it measures on. With: a run of aegis on its own stack. Without: the same programs
 * started bare, and a sender of ours at the same rate, which does next to nothing else. In both a prober, a process of
 * its own, measures the stack.
 */
export const perturbation: Part = {
  name: "perturbation",
  title: titleOf("as processes"),
  run: (bench) => perturb(bench, ON_PROCESSES),
};

/** The same in containers: without aegis they are started by compose alone. */
export const dockerPerturbation: Part = {
  name: "docker-perturbation",
  title: titleOf("in containers"),
  run: (bench) => perturb(bench, ON_DOCKER),
};

/** On which engine, how its stack is started without aegis, and which of its processes are aegis's. */
interface Ground {
  readonly flags: readonly string[];
  startBare(packageRoot: string, directory: string): Promise<BareStack>;
  helperPid(user: AegisUser): Promise<number>;
}

const ON_PROCESSES: Ground = {
  flags: [],
  startBare: startBareStack,
  helperPid: async (user) => user.supervisorPid(),
};

const DOCKER_PROJECT = "aegis-bench-calm";
const ON_DOCKER: Ground = {
  flags: ["--engine", "docker", "--project", DOCKER_PROJECT],
  startBare: (packageRoot) => startBareContainers(packageRoot, DOCKER_PROJECT),
  helperPid: () => wardenPid(DOCKER_PROJECT),
};

function titleOf(how: string): string {
  return `aegis at ${RATE}/s on the bundled stack ${how}: its CPU, and what it does to the stack's latency`;
}

async function perturb(bench: Bench, ground: Ground): Promise<void> {
  const { rounds, quick } = bench.options;
  const times = quick ? { settle: 1, probe: 2 } : { settle: 5, probe: 15 };
  const seen: { with: SenderResult[]; without: SenderResult[] } = { with: [], without: [] };
  for (let round = 1; round <= rounds; round++) {
    bench.tell(`round ${round}: without aegis`);
    seen.without.push(await withoutAegis(bench, ground, round, times));
    bench.tell(`round ${round}: with aegis`);
    seen.with.push(await withAegis(bench, ground, round, times));
  }
  addFigures(bench, seen.with, seen.without);
}

interface Times {
  /** Until programs are warm, s. */
  readonly settle: number;
  readonly probe: number;
}

async function withoutAegis(
  { packageRoot, directory, keep }: Bench,
  ground: Ground,
  round: number,
  { settle, probe }: Times,
): Promise<SenderResult> {
  const stack = await ground.startBare(packageRoot, directory);
  const target = { host: "127.0.0.1", port: stack.port };
  const load = startSender({ ...target, rate: RATE, seconds: settle + probe + 3 });
  try {
    await sleep(settle * 1000);
    const result = await startSender({ ...target, rate: PROBE_RATE, seconds: probe }).result;
    keep({ round, aegis: false, ...result });
    return result;
  } finally {
    await end(load.running);
    await stack.stop();
  }
}

async function withAegis(
  { packageRoot, directory, figures, keep }: Bench,
  ground: Ground,
  round: number,
  { settle, probe }: Times,
): Promise<SenderResult> {
  const user = new AegisUser(packageRoot, directory, ground.flags);
  try {
    await user.succeed("up");
    const { url } = await user.status();
    const { hostname: host, port } = new URL(String(url));
    const command = user.start("chaos", "run", user.write("calm.yaml", scenarioOf(settle, probe)));
    await chaosBegins(user, command);
    const helper = await ground.helperPid(user);
    const before = cpuOf([command.pid, helper]);
    const began = performance.now();
    const job = { host, port: Number(port), rate: PROBE_RATE, seconds: probe };
    const result = await startSender(job).result;
    const after = cpuOf([command.pid, helper]);
    const seconds = (performance.now() - began) / 1000;
    const [tester = Number.NaN, engine = Number.NaN] = after.map(
      (cpu, index) => ((cpu - (before[index] ?? Number.NaN)) / seconds) * 100,
    );
    const whole = await command.ended;
    keep({ round, aegis: true, ...result, tester, engine, wholeRunCpu: whole.cpuSeconds });
    const common = { unit: "%", judged: "median", goal: null } as const;
    figures.add(
      { ...common, name: "CPU of aegis, of one core", goal: { op: "<=", limit: 5 } },
      tester + engine,
    );
    figures.add({ ...common, name: "of it `aegis chaos run`" }, tester);
    figures.add({ ...common, name: "of it the supervisor or the warden" }, engine);
    return result;
  } finally {
    await user.leave();
  }
}

/** The run lasts a little longer than it is looked at. */
function scenarioOf(settle: number, probe: number): string {
  return `version: 1
name: nothing is harmed
seed: 1
traffic:
  main: { url: http://balancer/, rate: ${RATE}/s, timeout: 1s }
phases: { warmup: ${settle}s, baseline: 1s, recovery: 1s }
steps:
  - { id: calm, do: wait, at: 0s, for: ${probe + 3}s }
assert:
  - main.failed == 0
`;
}

function cpuOf(pids: readonly number[]): number[] {
  return pids.map((pid) => usageOf(pid)?.cpuSeconds ?? Number.NaN);
}

function addFigures(
  { figures }: Bench,
  withAegisOn: readonly SenderResult[],
  without: readonly SenderResult[],
): void {
  const p99s = (results: readonly SenderResult[]): number[] => results.map(({ p99 }) => p99);
  const [on, off] = [p99s(withAegisOn), p99s(without)];
  const shown = { unit: "ms", goal: null, judged: "median" } as const;
  for (const value of off) figures.add({ ...shown, name: "p99 of the stack without aegis" }, value);
  for (const value of on) figures.add({ ...shown, name: "p99 of the stack with aegis" }, value);
  figures.set(
    { name: "ratio of the medians", unit: "", goal: { op: "<=", limit: 1.05 }, judged: "median" },
    median(on) / median(off),
    on.map((value, index) => value / (off[index] ?? Number.NaN)),
  );
  const failed = [...withAegisOn, ...without].reduce((sum, result) => sum + result.failed, 0);
  const never = { unit: "", goal: { op: "==", limit: 0 }, judged: "worst" } as const;
  figures.add({ ...never, name: "failed probes" }, failed);
}
