import type { Plan } from "../model/plan.ts";
import { putBackChanges } from "../runner/between-runs.ts";
import { interruptedExit, worstExit } from "../runner/exit.ts";
import { harms, refuseForbidden } from "../runner/guard.ts";
import { performRun, type RunResult } from "../runner/run.ts";
import { type Session, withSession } from "../runner/session.ts";
import { prepareRuns } from "../state/run-directory.ts";
import { guardOf } from "./guard-of.ts";
import type { Host } from "./host.ts";
import { kinds } from "./kinds.ts";
import { openLive } from "./live-output.ts";
import { type LoadedPlan, loadPlans, type PlanFlags } from "./load-plans.ts";
import type { LoadedStack } from "./load-stack.ts";
import { exitWithHarm } from "./open-harm.ts";
import { reportError } from "./report-error.ts";
import { type ReportFlags, reportAll, reportRun } from "./report-runs.ts";
import { versionOf } from "./version.ts";

/** How often, and what happens to the stack; the same for run, monkey and every generated plan. */
export interface RunFlags extends ReportFlags {
  readonly out?: string;
  readonly keep?: boolean;
  readonly repeat?: number;
  /** How long the stack may take to get ready when it is started, ms. */
  readonly waitTimeout: number;
  /** Projects that may be harmed although aegis did not start them, or on another machine. */
  readonly allow?: readonly string[];
}

/** Plans that are played on one stack, in one session. */
export interface RunRequest {
  readonly plans: readonly Plan[];
  readonly loaded: LoadedStack;
  readonly flags: RunFlags;
  /** As typed, for whoever finds the stack in use. */
  readonly command: string;
  /** The first signal is the normal end. */
  readonly endless: boolean;
}

/** `aegis chaos run`: scenarios about the same stack share one session; another stack is another session. */
export async function runScenarios(
  host: Host,
  files: readonly string[],
  flags: PlanFlags & RunFlags,
): Promise<void> {
  // Loaded anew for each round: without a seed of its own a scenario draws one for each run.
  const rounds = Array.from({ length: flags.repeat ?? 1 }, () =>
    loadPlans(host.world, files, flags),
  );
  const plans = (rounds[0] ?? []).flatMap((_, index) =>
    rounds.flatMap((round) => round[index] ?? []),
  );
  const groups = groupByStack(plans);
  await runGroups(
    host,
    groups.map(({ plans, loaded }) => ({
      plans,
      loaded,
      flags,
      command: "aegis chaos run",
      endless: false,
    })),
    flags,
  );
}

/** Plays each request in a session of its own, reports, and sets the one exit code of all. */
export async function runGroups(
  host: Host,
  requests: readonly RunRequest[],
  flags: ReportFlags,
): Promise<void> {
  const current: { session: Session | null } = { session: null };
  const harmIsOpen = (): boolean => (current.session?.ledger.open().length ?? 0) > 0;
  const leaveWith = (code: number): number =>
    exitWithHarm(host.stderr, current.session?.ledger, code);
  const interrupt: AbortSignal = host.takeSignals(() => leaveWith(interruptedExit(interrupt)));
  host.whenUncaught((thrown) => leaveWith(reportError(host, thrown)));
  const results: RunResult[] = [];
  const troubles: number[] = [];
  for (const { plans, loaded } of requests) {
    if (plans.some(harms)) refuseForbidden(host.world, loaded.stack.project);
  }
  for (const { flags } of requests) prepareRuns(host.world, flags.out ?? null);
  for (const request of requests) {
    if (interrupt.aborted || harmIsOpen() || results.some(leftHarm)) break;
    try {
      await runInSession(host, request, interrupt, current, results);
    } catch (thrown) {
      troubles.push(reportError(host, thrown));
    }
  }
  const planned = requests.reduce((sum, { plans }) => sum + plans.length, 0);
  if (interrupt.aborted && results.length < planned) {
    troubles.push(interruptedExit(interrupt));
  }
  reportAll(host, flags, results);
  const exits = results.map(({ verdict }) => verdict.exit);
  host.setExitCode(leaveWith(worstExit([...exits, ...troubles])));
}

/** Nothing more is harmed where something is still to be put right. */
function leftHarm({ leftovers }: RunResult): boolean {
  return leftovers.length > 0;
}

async function runInSession(
  host: Host,
  request: RunRequest,
  interrupt: AbortSignal,
  current: { session: Session | null },
  results: RunResult[],
): Promise<void> {
  const { loaded, flags, plans, command } = request;
  const options = {
    world: host.world,
    stack: loaded.stack,
    engine: loaded.engine,
    kinds,
    command,
    guard: guardOf(host, plans, flags.allow),
    keep: flags.keep ?? false,
    waitTimeoutMs: flags.waitTimeout,
    interrupt,
    onProgress: (line: string) => host.stderr.line(line),
  };
  await withSession(options, async (session) => {
    current.session = session;
    let changes: RunResult["changes"] = [];
    for (const plan of plans) {
      if (results.some(leftHarm)) break;
      await putBackChanges(session, changes, { ...options, clock: host.world.clock });
      if (interrupt.aborted) break;
      const result = await runOne(host, request, session, plan, interrupt);
      changes = result.changes;
      results.push(result);
      reportRun(host, flags, result);
    }
  });
}

async function runOne(
  host: Host,
  { loaded, flags, endless }: RunRequest,
  { engine, ledger, stateDirectory, lease }: Session,
  plan: Plan,
  interrupt: AbortSignal,
): Promise<RunResult> {
  const live = openLive(host, plan);
  try {
    return await performRun({
      plan,
      engine,
      stack: loaded.stack,
      ledger,
      stateDirectory,
      lease,
      kinds,
      world: host.world,
      version: versionOf(host),
      out: flags.out ?? null,
      interrupt,
      endless,
      onProgress: live.say,
      observe: live.see,
      onRequest: null,
    });
  } finally {
    live.close();
  }
}

function groupByStack(plans: readonly LoadedPlan[]): { loaded: LoadedStack; plans: Plan[] }[] {
  const groups = new Map<string, { loaded: LoadedStack; plans: Plan[] }>();
  for (const { plan, loaded } of plans) {
    const key = JSON.stringify(loaded);
    const group = groups.get(key) ?? { loaded, plans: [] };
    group.plans.push(plan);
    groups.set(key, group);
  }
  return [...groups.values()];
}
