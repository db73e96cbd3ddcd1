import { AegisError } from "../kit/errors.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { Plan, Vantage } from "../model/plan.ts";
import type { Stack } from "../model/stack.ts";
import { MONKEY, type MonkeyChoice, monkeyStep } from "../scenario/monkey.ts";
import { entryUrlOf } from "./entry.ts";
import { mainTraffic, measuringPlan } from "./generated-plan.ts";
import type { Host } from "./host.ts";
import { kinds } from "./kinds.ts";
import { loadStack, NO_CHOICE, type StackFlags } from "./load-stack.ts";
import { type RunFlags, runGroups } from "./run-scenarios.ts";
import { namesOf, typedAssertions } from "./typed-assertions.ts";

/** The options of `aegis chaos monkey`, as commander gives them. Times in ms. */
export interface MonkeyFlags extends StackFlags, RunFlags {
  readonly every: number;
  readonly jitter: number;
  readonly kinds: readonly string[];
  readonly hold: number;
  readonly service?: string;
  readonly down: number;
  readonly for?: number;
  readonly seed?: number;
  readonly vantage?: Vantage;
  readonly rate: number;
  readonly timeout: number;
  readonly url: string;
  readonly assert: readonly string[];
}

const DEFAULT_ASSERTIONS = ["failed == 0"];

/** Continuous seeded chaos: a generated plan with one random step that repeats until `--for` or Ctrl-C. */
export async function runMonkey(host: Host, flags: MonkeyFlags): Promise<void> {
  const loaded = loadStack(host.world, flags, NO_CHOICE);
  const plan = monkeyPlan(host, loaded.stack, flags);
  const request = { loaded, flags, plans: [plan], command: "aegis chaos monkey", endless: true };
  await runGroups(host, [request], flags);
}

/** Throws INVALID_INPUT for a kind, a service or an assertion that is none. */
export function monkeyPlan(host: Host, stack: Stack, flags: MonkeyFlags): Plan {
  const service = serviceOf(stack, flags.service);
  const choices = flags.kinds.map((name) => choiceOf(name, flags.hold));
  const replicas = stack.replicas.filter((replica) => replica.service === service);
  const ms = flags.for ?? 0;
  const traffic = mainTraffic({
    url: entryUrlOf(host, stack, flags.url),
    rate: flags.rate,
    timeoutMs: flags.timeout,
  });
  const step = monkeyStep({
    service,
    choices,
    everyMs: flags.every,
    jitterMs: flags.jitter,
    forMs: flags.for ?? null,
    atMs: 0,
    only: "ready",
    line: null,
  });
  const plan = measuringPlan(host.world, { name: `monkey on ${service}`, traffic, ms });
  const outcomes = choices.flatMap(({ kind }) => kind.outcomes);
  const names = namesOf(stack, MONKEY, { outcomes, targeted: true });
  return {
    ...plan,
    seed: flags.seed ?? plan.seed,
    vantage: flags.vantage ?? plan.vantage,
    phases: { warmupMs: 1000, baselineMs: 2000, chaosMs: ms, recoveryMs: 2000 },
    steady: { withinMs: 30_000, checks: typedAssertions(["failed == 0"], names) },
    limits: { ...plan.limits, down: Math.min(flags.down, replicas.length - 1) },
    steps: [step],
    assertions: typedAssertions(flags.assert.length > 0 ? flags.assert : DEFAULT_ASSERTIONS, names),
  };
}

/** The service given, or the only one with several replicas: a monkey never takes the last. */
function serviceOf(stack: Stack, given: string | undefined): string {
  const services = [...new Set(stack.replicas.map(({ service }) => service))];
  if (given !== undefined && !services.includes(given)) {
    throw new AegisError("INVALID_INPUT", `the stack has no service "${given}"`, {
      hint: didYouMean(given, services),
    });
  }
  const several = services.filter(
    (service) => stack.replicas.filter((replica) => replica.service === service).length > 1,
  );
  if (given !== undefined && !several.includes(given)) {
    throw new AegisError(
      "INVALID_INPUT",
      `${given} has 1 replica, and a monkey never takes the last`,
    );
  }
  if (given !== undefined) return given;
  if (several.length === 1) return several[0] as string;
  throw new AegisError(
    "INVALID_INPUT",
    several.length === 0
      ? "no service has more than one replica, and a monkey never takes the last"
      : "which service is meant?",
    several.length === 0 ? {} : { hint: `Add --service ${several.join(" or --service ")}` },
  );
}

function choiceOf(name: string, holdMs: number): MonkeyChoice {
  const kind = kinds.find((each) => each.name === name);
  if (kind === undefined) {
    throw new AegisError("INVALID_INPUT", `--kinds: there is no kind "${name}"`, {
      hint: didYouMean(name, fitting()),
    });
  }
  if (!fitting().includes(name)) {
    throw new AegisError("INVALID_INPUT", `--kinds: ${name} is nothing for a monkey`, {
      hint: `use one of: ${fitting().join(", ")}`,
    });
  }
  return { kind, params: kind.params.parse({}) as MonkeyChoice["params"], forMs: holdMs };
}

/** Kinds that need no parameters, harm a replica, and can be undone. */
export function fitting(): string[] {
  return kinds
    .filter(({ targeted, params }) => targeted && params.safeParse({}).success)
    .filter((kind) => !kind.irreversible({}))
    .map(({ name }) => name);
}
