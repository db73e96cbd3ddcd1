import { AegisError } from "../kit/errors.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { Json } from "../kit/world.ts";
import type { Plan, StepPlan, TargetPlan, Vantage } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import { rollout } from "../rollout/kind.ts";
import type { Foreseen, WayBack } from "../rollout/moves.ts";
import { readWayBack } from "../state/course-record.ts";
import { readLedger } from "../state/ledger.ts";
import { readLock } from "../state/lock.ts";
import { entryUrlOf } from "./entry.ts";
import { mainTraffic, measuringPlan } from "./generated-plan.ts";
import type { Host } from "./host.ts";
import { loadStack, NO_CHOICE, type StackFlags } from "./load-stack.ts";
import { stateDirectoryOf } from "./open-stack.ts";
import {
  askCourse,
  courseUnderWay,
  isUnderWay,
  showCourse,
  watchCourse,
} from "./rollout-course.ts";
import { deedOf } from "./rollout-deed.ts";
import { showMoves, showWayBack } from "./rollout-moves.ts";
import { lookAhead } from "./rollout-outlook.ts";
import { type RunFlags, runGroups } from "./run-scenarios.ts";
import { namesOf, typedAssertions } from "./typed-assertions.ts";

/** The options of `aegis rollout`, as commander gives them. */
export interface RolloutFlags extends StackFlags, RunFlags {
  readonly to?: string;
  readonly image?: string;
  readonly build?: true;
  readonly undo?: true;
  readonly plan?: true;
  readonly status?: true;
  readonly watch?: true;
  readonly pause?: true;
  readonly resume?: true;
  readonly strategy: string;
  readonly gate: string;
  readonly minInService: string;
  readonly observe: string;
  readonly samples: number;
  readonly deadline: string;
  readonly allowDowntime: boolean;
  readonly vantage?: Vantage;
  readonly rate: number;
  readonly timeout: number;
  readonly url: string;
  readonly assert: readonly string[];
}

const STEP = "update";

/** Begins a rollout as a plan of one step, or asks about the one that is under way. */
export async function runRollout(
  host: Host,
  target: string | undefined,
  flags: RolloutFlags,
): Promise<void> {
  const deed = deedOf(flags);
  const loaded = loadStack(host.world, flags, NO_CHOICE);
  const directory = await stateDirectoryOf(host, loaded);
  if (deed === "status") return showCourse(host, directory);
  if (deed === "watch") return watchCourse(host, directory, target);
  if (deed === "pause") return askCourse(host, directory, target, "pause");
  if (deed === "resume") return askCourse(host, directory, target, null);
  if (deed === "undo" && isUnderWay(directory)) {
    if (flags.plan) return showWayBack(host, directory, courseUnderWay(directory, target));
    return askCourse(host, directory, target, "undo");
  }
  const wayBack = flags.undo ? (readWayBack(directory, rollout.name) as WayBack | null) : null;
  const aim = aimAt(loaded.stack, target ?? nameIn(wayBack, loaded.stack));
  const params = paramsOf(flags);
  const plan = planOf(host, loaded.stack, flags, stepOf(aim, params));
  if (flags.plan) return showMoves(host, await lookAhead(host, loaded, plan, null));
  const foreseen = flags.build ? null : await lookAhead(host, loaded, plan, flags.allow ?? []);
  if (foreseen !== null && isDone(foreseen, directory)) return sayDone(host, foreseen);
  const request = { loaded, flags, plans: [plan], command: "aegis rollout", endless: false };
  await runGroups(host, [request], flags);
}

/** All run it, for good: nobody is at the stack who may take it back, and nothing is to be put back. */
function isDone({ moves }: Foreseen, directory: string): boolean {
  if (readLock(directory)?.alive || readLedger(directory).open.length > 0) return false;
  return moves.every(({ already }) => already);
}

function sayDone(host: Host, { to, moves }: Foreseen): void {
  const names = moves.map(({ target }) => target.name).join(", ");
  host.stdout.line(`${names}: ${to} runs already`);
}

/** What was moved last may have been a whole service, or one replica. */
function nameIn(wayBack: WayBack | null, { replicas }: Stack): string | undefined {
  const names = wayBack?.last ?? [];
  const service = replicas.find(({ name }) => name === names[0])?.service;
  return names.length === 1 ? names[0] : service;
}

/** A service of that name, or else a replica. */
function aimAt({ replicas }: Stack, name: string | undefined): TargetPlan {
  if (name === undefined) {
    throw new AegisError("INVALID_INPUT", "which service or replica is to be moved?", {
      hint: "name it: aegis rollout app --to v2",
    });
  }
  if (replicas.some(({ service }) => service === name)) {
    const pick = { kind: "all" } as const;
    return { by: "service", service: name, pick, only: "any", prefer: "random", oneByOne: true };
  }
  const known = replicas.map((replica) => replica.name);
  if (known.includes(name)) return { by: "replica", replica: name };
  const services = [...new Set(replicas.map(({ service }) => service))];
  throw new AegisError("INVALID_INPUT", `the stack has no service or replica "${name}"`, {
    hint: didYouMean(name, [...new Set([...services, ...known])]),
  });
}

function paramsOf(flags: RolloutFlags): Json {
  const parsed = rollout.params.safeParse({
    ...(flags.to !== undefined && { to: flags.to }),
    ...(flags.image !== undefined && { image: flags.image }),
    ...(flags.build && { build: true }),
    ...(flags.undo && { back: true, gate: "ready" }),
    strategy: flags.strategy,
    ...(!flags.undo && { gate: flags.gate }),
    "min-in-service": flags.minInService,
    observe: flags.observe,
    samples: flags.samples,
    deadline: flags.deadline,
    "allow-downtime": flags.allowDowntime,
  });
  if (parsed.success) return parsed.data as Json;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `--${path.map(String).join(".")}: ${message}`,
  );
  throw new AegisError("INVALID_INPUT", problems.join("\n"), {
    hint: "see: aegis rollout --help",
  });
}

function stepOf(target: TargetPlan, params: Json): StepPlan {
  return {
    id: STEP,
    kind: rollout.name,
    role: rollout.role,
    needs: rollout.needs,
    held: false,
    staged: true,
    target,
    params,
    start: { at: "time", ms: 0 },
    end: null,
    repeat: null,
    ifUnsupported: "fail",
    irreversible: false,
    line: null,
  };
}

/** What is taken back may be the very reason why nothing is steady. */
const AT_ONCE = {
  phases: { warmupMs: 500, baselineMs: 0, chaosMs: 0, recoveryMs: 1000 },
  steady: { withinMs: 0, checks: [] },
};

function steadyFirst(
  names: Parameters<typeof typedAssertions>[1],
): Pick<Plan, "phases" | "steady"> {
  return {
    phases: { warmupMs: 1000, baselineMs: 2000, chaosMs: 0, recoveryMs: 1000 },
    steady: { withinMs: 30_000, checks: typedAssertions(["failed == 0"], names) },
  };
}

function planOf(host: Host, stack: Stack, flags: RolloutFlags, step: StepPlan): Plan {
  const traffic = mainTraffic({
    url: entryUrlOf(host, stack, flags.url),
    rate: flags.rate,
    timeoutMs: flags.timeout,
  });
  const target = step.target?.by === "service" ? step.target.service : "one replica";
  const plan = measuringPlan(host.world, { name: `rollout of ${target}`, traffic, ms: 0 });
  const names = namesOf(stack, STEP, { outcomes: rollout.outcomes, targeted: false });
  return {
    ...plan,
    vantage: flags.vantage ?? plan.vantage,
    ...(flags.undo ? AT_ONCE : steadyFirst(names)),
    steps: [step],
    assertions: typedAssertions([`outcome of ${STEP} == completed`, ...flags.assert], names),
  };
}
