import { BugWithHarm, EXIT_CODES, INTERNAL_ERROR } from "../kit/errors.ts";
import type { Json } from "../kit/world.ts";
import { JOURNAL_VERSION, type JournalHeader, servicesOf } from "../model/journal.ts";
import type { Plan, StepPlan } from "../model/plan.ts";
import type { Timeline } from "../model/timeline.ts";
import type { Verdict } from "../model/verdict.ts";
import { noteExit } from "../state/course-record.ts";
import { createJournal } from "../state/journal.ts";
import type { LedgerEntry } from "../state/ledger.ts";
import { createRunDirectory } from "../state/run-directory.ts";
import { DuplicateCounter, followLogs } from "./duplicates.ts";
import { harms, refuseForbidden } from "./guard.ts";
import { judgeRun } from "./judge-run.ts";
import { refuseLosses } from "./losses.ts";
import { foreseeSteps } from "./outlook.ts";
import { readinessOf } from "./readiness.ts";
import { finishRecovery } from "./recovery-phase.ts";
import { lookAround, type Surroundings } from "./residue.ts";
import { residueAfter } from "./residue-after.ts";
import { createRunTester } from "./run-tester.ts";
import { Schedule } from "./schedule.ts";
import { type Ending, type RunOptions, Stage } from "./stage.ts";
import { measureBaseline, warmUp } from "./steady.ts";
import { watchForStop } from "./stop-watch.ts";
import { doAnswersName, identifyOf, resolveTraffic, targetsOf } from "./traffic.ts";
import { type SkippedStep, skippedSteps } from "./unsupported.ts";
import { addressesFrom, type ChosenVantage, chooseVantage } from "./vantage.ts";

export interface RunResult {
  /** The run's directory. */
  readonly path: string;
  readonly timeline: Timeline;
  readonly verdict: Verdict;
  /** A sentence for each harm that could not be undone, and each thing that is not as it was. */
  readonly leftovers: readonly string[];
  /** What steps have changed for good, as they meant to, in the order in which they did: how to take it back. */
  readonly changes: readonly LedgerEntry[];
}

/**
 * One run of one plan on a stack that is up: traffic, warm-up, baseline, chaos, recovery; then everything is undone,
 * whatever happened, and the journal is judged. Never ups or downs. Throws before anything was touched, or, for a bug of
 * ours, when all that could be undone has been: BugWithHarm when something is left.
 */
export async function performRun(options: RunOptions): Promise<RunResult> {
  const { plan, world, engine, stack } = options;
  if (harms(plan)) refuseForbidden(world, stack.project);
  const skipped = skippedSteps(plan.steps, engine.can);
  await refuseLosses(played(plan, skipped), engine, options.kinds, plan);
  const { kinds, stateDirectory, onProgress } = options;
  const answersName = doAnswersName(plan.traffic, stack);
  const outlook = { engine, kinds, stateDirectory, answersName, fetch: true, onProgress };
  const foreseen = await foreseeSteps(played(plan, skipped), outlook);
  const targets = targetsOf(plan.traffic, stack, world);
  const chosen = await chooseVantage(plan.vantage, targets, engine);
  const addresses = addressesFrom(chosen.vantage, engine);
  const resolved = await resolveTraffic(plan.traffic, stack, addresses, world);
  const directory = createRunDirectory(world, plan.name, options.out);
  const header = headerOf(options, directory.id, chosen);
  const journal = createJournal(directory.journal, header);
  const stage = new Stage(options, {
    header,
    journal,
    secrets: resolved.secrets,
    foreseen,
  });
  const before = await lookAround(engine);
  const logs = watchLogs(stage);
  const services = targets.map(({ service }) => service);
  stage.tester = createRunTester(stage, resolved, services);
  if (chosen.vantage === "inside") onProgress(insideText(chosen, stack.project));
  for (const { step, reason } of skipped) {
    stage.write({ type: "step", t: 0, step, stage: "skipped", detail: reason });
  }
  const ending = await play(stage, skipped);
  const leftovers = await putBack(stage, before);
  await logs.finish();
  const failure = await stage.close(ending);
  const end = (exit: number): void => noteExit(stateDirectory, directory.id, exit, world);
  if (stage.bug !== null) {
    end(leftovers.length === 0 ? INTERNAL_ERROR : EXIT_CODES.HARM_LEFT);
    throw withHarm(stage.bug.thrown, leftovers);
  }
  const changes = stage.conductor.injections.flatMap(({ course }) => course?.changed ?? []);
  const judged = await judgeRun(directory.path, failure);
  end(judged.verdict.exit);
  return { path: directory.path, leftovers, changes, ...judged };
}

/** What is left must not be lost over the bug. */
function withHarm(bug: unknown, leftovers: readonly string[]): unknown {
  return leftovers.length === 0 ? bug : new BugWithHarm(bug, leftovers);
}

function headerOf(
  options: RunOptions,
  run: string,
  { vantage, why }: ChosenVantage,
): JournalHeader {
  const { plan, engine, stack, world, version } = options;
  const identify = plan.traffic.map((traffic) => identifyOf(traffic, stack));
  return {
    journal: JOURNAL_VERSION,
    aegis: version,
    run,
    startedAt: world.clock.wall().toISOString(),
    engine: engine.name,
    vantage,
    ...(why !== null && { vantageReason: why }),
    project: stack.project,
    plan,
    services: servicesOf(stack),
    readiness: readinessOf(stack),
    identify: {
      replica: identify.some(({ replica }) => replica !== null),
      version: identify.some(({ version: header }) => header !== null),
    },
  };
}

function insideText({ why }: ChosenVantage, project: string): string {
  const because = why === null ? "" : `: ${why}`;
  return `requests are sent from inside the network of ${project}${because}`;
}

async function play(stage: Stage, skipped: readonly SkippedStep[]): Promise<Ending> {
  const { interrupt, endless, plan, world } = stage.options;
  const onInterrupt = (): void => {
    const signal = interrupt.reason as NonNullable<Ending["signal"]>;
    if (endless) stage.windDown();
    else stage.end({ reason: "interrupted", detail: `interrupted by ${signal}`, signal });
  };
  if (interrupt.aborted) onInterrupt();
  interrupt.addEventListener("abort", onInterrupt, { once: true });
  const limit = new AbortController();
  void world.clock.sleep(plan.limits.timeMs, limit.signal).then(() => {
    if (!limit.signal.aborted) {
      stage.end({
        reason: "time-limit",
        detail: `limits.time of ${plan.limits.timeMs / 1000} s has passed`,
        signal: null,
      });
    }
  });
  void watchForStop(stage, limit.signal).catch((thrown: unknown) => stage.crash(thrown));
  try {
    await playPhases(stage, skipped);
  } catch (thrown) {
    stage.crash(thrown);
  } finally {
    limit.abort();
    interrupt.removeEventListener("abort", onInterrupt);
  }
  const detail = stage.windingDown ? "ended by hand" : "";
  return stage.ending ?? { reason: "complete", detail, signal: null };
}

async function playPhases(stage: Stage, skipped: readonly SkippedStep[]): Promise<void> {
  stage.listen();
  await stage.tester?.start();
  const gates = [
    { phase: "warmup", pass: warmUp },
    { phase: "baseline", pass: measureBaseline },
  ] as const;
  for (const { phase, pass } of gates) {
    stage.phase(phase, "start");
    const trouble = await pass(stage);
    stage.phase(phase, "end");
    if (trouble !== null) stage.end({ reason: "not-steady", detail: trouble, signal: null });
    if (stage.over.aborted) return;
  }
  stage.beginChaos();
  stage.phase("chaos", "start");
  const { plan } = stage.options;
  await new Schedule(stage, { ...plan, steps: played(plan, skipped) }).play();
  stage.phase("chaos", "end");
  if (stage.over.aborted) return;
  stage.phase("recovery", "start");
  await finishRecovery(stage);
  stage.phase("recovery", "end");
}

/** The steps of a plan without those that are skipped. */
function played({ steps }: Plan, skipped: readonly SkippedStep[]): readonly StepPlan[] {
  return steps.filter(({ id }) => skipped.every(({ step }) => step !== id));
}

/** Stops the traffic and undoes all harm, then compares with what was there before. */
async function putBack(stage: Stage, before: Surroundings): Promise<readonly string[]> {
  stage.onMove = () => {};
  const stopped = stage.tester?.stop().catch((thrown: unknown) => stage.crash(thrown));
  // A run played to its end has undone what it held: its last answers still decide recoveries. Any other undoes at once.
  if (stage.ending === null) await stopped;
  const [failures] = await Promise.all([stage.conductor.undoAll(), stopped]);
  const residue = await residueAfter(stage, before);
  const left = [...failures, ...residue];
  if (left.length > 0) {
    stage.write({ type: "note", t: stage.now(), step: null, stage: "residue", facts: { left } });
  }
  return left;
}

/** Counts executions of the requests that must not be repeated, while the run is on. */
function watchLogs(stage: Stage): { finish(): Promise<void> } {
  const { plan, engine, world } = stage.options;
  const counters = new Map(
    plan.traffic
      .filter(({ method }) => !SAFE_METHODS.has(method))
      .map(({ name }) => [name, new DuplicateCounter(`${stage.header.run}-${name}-`)]),
  );
  const stop = new AbortController();
  const following = followLogs(engine, [...counters.values()], stop.signal).catch(() => {});
  return {
    finish: async () => {
      if (counters.size > 0) await world.clock.sleep(200);
      stop.abort();
      await following;
      for (const [traffic, { orders, duplicates }] of counters) {
        const facts: Json = {
          traffic,
          orders,
          duplicates,
          basis: "`order <request id>` lines in the replicas' logs",
        };
        stage.write({ type: "note", t: stage.now(), step: null, stage: "duplicates", facts });
      }
    },
  };
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
