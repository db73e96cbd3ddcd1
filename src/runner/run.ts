import { join } from "node:path";
import type { Json } from "../kit/world.ts";
import { JOURNAL_VERSION, type JournalHeader, servicesOf } from "../model/journal.ts";
import type { Replica } from "../model/replica.ts";
import type { Timeline } from "../model/timeline.ts";
import type { Verdict } from "../model/verdict.ts";
import { createJournal } from "../state/journal.ts";
import { createRunDirectory } from "../state/run-directory.ts";
import { createTester } from "../tester/tester.ts";
import { DuplicateCounter, followLogs } from "./duplicates.ts";
import { judgeRun } from "./judge-run.ts";
import { finishRecovery } from "./recovery-phase.ts";
import { residueOf } from "./residue.ts";
import { Schedule } from "./schedule.ts";
import { type Ending, type RunOptions, Stage } from "./stage.ts";
import { measureBaseline, warmUp } from "./steady.ts";
import { identifyOf, resolveTraffic } from "./traffic.ts";
import { type SkippedStep, skippedSteps } from "./unsupported.ts";

export interface RunResult {
  /** The run's directory. */
  readonly path: string;
  readonly timeline: Timeline;
  readonly verdict: Verdict;
  /** A sentence for each harm that could not be undone, and each thing that is not as it was. */
  readonly leftovers: readonly string[];
}

/**
 * One run of one plan on a stack that is up: traffic, warm-up, baseline, chaos, recovery; then everything is undone,
 * whatever happened, and the journal is judged. Never ups or downs. Throws before anything was touched, or, for a bug of
 * ours, when everything has been undone.
 */
export async function performRun(options: RunOptions): Promise<RunResult> {
  const { plan, world, engine, stack } = options;
  const skipped = skippedSteps(plan.steps, engine.can);
  const resolved = await resolveTraffic(plan.traffic, stack, engine, world);
  const directory = createRunDirectory(world, plan.name, options.out);
  const header = headerOf(options, directory.id);
  const journal = createJournal(directory.journal, header);
  const stage = new Stage(options, { header, journal, secrets: resolved.secrets });
  const before = await engine.replicas();
  const logs = watchLogs(stage);
  stage.tester = createTester({
    traffic: resolved.traffic,
    epoch: stage.epoch,
    run: header.run,
    secrets: resolved.secrets,
    dist: join(world.packageRoot, "dist"),
    onRecord: (record) => stage.write(record),
    onRequest: options.onRequest,
  });
  for (const { step, reason } of skipped) {
    stage.write({ type: "step", t: 0, step, stage: "skipped", detail: reason });
  }
  const ending = await play(stage, skipped);
  const leftovers = await putBack(stage, before);
  await logs.finish();
  const failure = await stage.close(ending);
  if (stage.bug !== null) throw stage.bug.thrown;
  return { path: directory.path, leftovers, ...(await judgeRun(directory.path, failure)) };
}

function headerOf(options: RunOptions, run: string): JournalHeader {
  const { plan, engine, stack, world, version } = options;
  const identify = plan.traffic.map((traffic) => identifyOf(traffic, stack));
  return {
    journal: JOURNAL_VERSION,
    aegis: version,
    run,
    startedAt: world.clock.wall().toISOString(),
    engine: engine.name,
    vantage: "host",
    project: stack.project,
    plan,
    services: servicesOf(stack),
    identify: {
      replica: identify.some(({ replica }) => replica !== null),
      version: identify.some(({ version: header }) => header !== null),
    },
  };
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
  const steps = plan.steps.filter(({ id }) => skipped.every(({ step }) => step !== id));
  await new Schedule(stage, { ...plan, steps }).play();
  stage.phase("chaos", "end");
  if (stage.over.aborted) return;
  stage.phase("recovery", "start");
  await finishRecovery(stage);
  stage.phase("recovery", "end");
}

/** Stops the traffic and undoes all harm, then compares with what was there before. */
async function putBack(stage: Stage, before: readonly Replica[]): Promise<readonly string[]> {
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

/** What was undone may still be coming back: asked again until it is as it was, or time is up. */
async function residueAfter(stage: Stage, before: readonly Replica[]): Promise<readonly string[]> {
  const { engine, world } = stage.options;
  const intended = intendedChanges(stage);
  const from = stage.now();
  for (;;) {
    try {
      // A stack that was lost in the middle is told by how the run ended, not as harm that heal could undo.
      if (stage.ending?.reason === "failed" && !(await engine.isUp())) return [];
      const residue = residueOf(before, await engine.replicas(), intended);
      const patience = residue.every(({ passing }) => passing) ? SLOWEST_READY_US : SLOWEST_UNDO_US;
      if (residue.length === 0 || stage.now() > from + patience) {
        return residue.map(({ sentence }) => sentence);
      }
    } catch {
      return stage.ending?.reason === "failed" ? [] : ["the engine no longer answers"];
    }
    await world.clock.sleep(50);
  }
}

function intendedChanges(stage: Stage): ReadonlyMap<string, ReadonlySet<keyof Replica>> {
  const intended = new Map<string, Set<keyof Replica>>();
  for (const { target, kind, params } of stage.conductor.injections) {
    if (target === null) continue;
    const fields = intended.get(target.key) ?? new Set();
    for (const field of kind.intended(params)) fields.add(field);
    intended.set(target.key, fields);
  }
  return intended;
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

/** What was undone must show soon; a replica that was started again may take its time to get ready. */
const SLOWEST_UNDO_US = 5_000_000;
const SLOWEST_READY_US = 30_000_000;

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);
