import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { AegisError } from "../kit/errors.ts";
import type { Problem } from "../kit/problem.ts";
import { ProblemsError } from "../kit/problem.ts";
import { shellQuoted } from "../kit/shell.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { World } from "../kit/world.ts";
import type { Plan, StackChoice, Vantage } from "../model/plan.ts";
import { parseScenario } from "../scenario/parse.ts";
import { readInput } from "./compose-files.ts";
import { fitToReplicas } from "./fit-to-replicas.ts";
import { kinds } from "./kinds.ts";
import { COMMAND_REPLICAS, type LoadedStack, loadStack, type StackFlags } from "./load-stack.ts";
import { optionsAgain } from "./play-again.ts";
import { isRemembered, otherProjects } from "./running-stack.ts";
import { typedPath } from "./typed-path.ts";
import { urlWithPath } from "./typed-url.ts";

export interface PlanFlags extends StackFlags {
  readonly seed?: number;
  /** Wins over the scenario's. */
  readonly vantage?: Vantage;
  /** Path that replaces the one of every traffic, for `--cmd` without a scenario of its own. */
  readonly url?: string;
  /** How long the stack may take to get ready when it is started, ms. */
  readonly waitTimeout?: number;
}

export interface LoadedPlan {
  readonly plan: Plan;
  readonly loaded: LoadedStack;
}

const DEFAULT_SCENARIO = "zero-downtime";

/** Parses scenarios with the stacks they are about. Throws ProblemsError with every problem of every file at once. */
export function loadPlans(
  world: World,
  files: readonly string[],
  flags: PlanFlags,
): readonly LoadedPlan[] {
  const problems: Problem[] = [];
  const plans: LoadedPlan[] = [];
  const absent = new Set<string>();
  for (const file of files.length === 0 ? [DEFAULT_SCENARIO] : files) {
    try {
      plans.push(loadPlan(world, findScenario(world, file), flags, absent));
    } catch (thrown) {
      if (!(thrown instanceof ProblemsError)) throw thrown;
      problems.push(...thrown.problems);
    }
  }
  if (problems.length > 0)
    throw new ProblemsError(
      unique(problems),
      absentHint(world, absent) ?? hintFor(world, files, flags, problems),
    );
  return plans;
}

/** Where no project of the name that was given is there, the bundled stack has that name, which a scenario for the project does not fit. */
function absentHint(world: World, absent: ReadonlySet<string>): { hint: string } | null {
  const [project] = absent;
  if (project === undefined) return null;
  const others = otherProjects(world, project);
  return {
    hint: `no project "${project}" is there, so this was read as the bundled stack: ${others}`,
  };
}

/** The default scenario is about the bundled stack: its mistakes are none of a user's who has another one. */
function hintFor(
  world: World,
  files: readonly string[],
  { compose }: PlanFlags,
  problems: readonly Problem[],
): { hint?: string } {
  if (files.length > 0 || compose === undefined) return {};
  const { file } = findScenario(world, DEFAULT_SCENARIO);
  if (!problems.some((problem) => problem.file === file)) return {};
  return { hint: `write one for this stack: aegis init --compose ${shellQuoted(compose)}` };
}

/** The bundled scenarios by name -> absolute path. */
export function bundledScenarios(world: World): ReadonlyMap<string, string> {
  const directory = join(world.packageRoot, "scenarios");
  return new Map(
    readdirSync(directory)
      .filter((name) => name.endsWith(".yaml"))
      .sort()
      .map((name) => [name.slice(0, -".yaml".length), join(directory, name)]),
  );
}

/** Where a scenario is, and what a person calls it. */
interface FoundScenario {
  /** Absolute. */
  readonly path: string;
  /** In messages about mistakes: a path that an editor can open. */
  readonly file: string;
  /** In plans and reports: what can be typed again. */
  readonly name: string;
}

function loadPlan(
  world: World,
  found: FoundScenario,
  flags: PlanFlags,
  absent: Set<string>,
): LoadedPlan {
  let loaded: LoadedStack | null = null;
  const parsed = parseScenario({
    text: readInput(found.path),
    file: found.file,
    directory: dirname(found.path),
    kinds,
    env: world.env,
    seed: flags.seed ?? null,
    drawSeed: world.drawSeed,
    readFile: readInput,
    stackOf: (choice: StackChoice) => {
      loaded = loadStack(world, flags, choice);
      const named = flags.project ?? choice.project;
      const isBundled = loaded.stack.directory === world.packageRoot;
      if (named !== null && isBundled && !isRemembered(world, named)) absent.add(named);
      return loaded.stack;
    },
  });
  if (loaded === null) throw new Error("the scenario never asked for its stack");
  const options = optionsAgain(flags);
  const vantage = flags.vantage ?? parsed.vantage;
  const plan = {
    ...parsed,
    assertions: assertionsFor(world, found, parsed, flags),
    vantage,
    file: found.name,
    ...(options.length === 0 ? {} : { options }),
  };
  return { plan: flags.url === undefined ? plan : withPath(world, plan, flags.url), loaded };
}

/** The default scenario, also when it is named to play it again, is about as many replicas as the command has. */
function assertionsFor(
  world: World,
  { path }: FoundScenario,
  { assertions }: Plan,
  { cmd, replicas = COMMAND_REPLICAS }: PlanFlags,
): Plan["assertions"] {
  const isDefault = path === bundledScenarios(world).get(DEFAULT_SCENARIO);
  if (!isDefault || cmd === undefined) return assertions;
  return fitToReplicas(assertions, { command: cmd, replicas });
}

function findScenario(world: World, name: string): FoundScenario {
  const path = resolve(world.cwd, name);
  if (existsSync(path)) {
    const file = typedPath(world.cwd, path);
    return { path, file, name: file };
  }
  const bundled = bundledScenarios(world);
  const known = bundled.get(name);
  if (known !== undefined) return { path: known, file: known, name };
  throw new AegisError(
    "INVALID_INPUT",
    `there is no scenario "${name}" (no such file, none bundled by that name)`,
    {
      hint: didYouMean(name, [...bundled.keys()]),
    },
  );
}

function withPath({ env }: World, plan: Plan, path: string): Plan {
  const traffic = plan.traffic.map((one) => ({ ...one, url: urlWithPath(one.url, path, env) }));
  return { ...plan, traffic };
}

/** The same compose file read for several scenarios tells its problems once. */
function unique(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  return [...seen.values()];
}
