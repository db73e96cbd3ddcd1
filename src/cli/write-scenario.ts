import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { entryOf } from "../compose/entry.ts";
import { AegisError } from "../kit/errors.ts";
import { ProblemsError } from "../kit/problem.ts";
import { shellQuoted } from "../kit/shell.ts";
import type { World } from "../kit/world.ts";
import type { Stack } from "../model/stack.ts";
import { usualFile } from "./compose-files.ts";
import { type FirstScenario, firstScenarioText } from "./first-scenario.ts";
import { targetOf } from "./first-target.ts";
import type { Host } from "./host.ts";
import { loadPlans } from "./load-plans.ts";
import { type LoadedStack, loadStack, NO_CHOICE, type StackFlags } from "./load-stack.ts";
import { probeStack } from "./probe-stack.ts";
import { writeOutput } from "./write-output.ts";

/** The options of `aegis init`, as commander gives them. */
export interface InitFlags extends StackFlags {
  readonly out: string;
  readonly url: string;
  readonly probe: boolean;
  readonly force: boolean;
}

/** Writes a first scenario for a stack, and says what it guessed. What it has written passes `validate`. */
export async function writeScenario(host: Host, flags: InitFlags): Promise<void> {
  const { world } = host;
  const file = resolve(world.cwd, flags.out);
  if (existsSync(file) && !flags.force) {
    throw new AegisError("INVALID_INPUT", `${flags.out} is there already`, {
      hint: "Write to another file with --out, or replace it with --force.",
    });
  }
  const found = withFoundCompose(world, flags);
  const loaded = loadStack(world, found, NO_CHOICE);
  const scenario = await scenarioFor(host, loaded, found, file);
  const before = existsSync(file) ? readFileSync(file) : null;
  writeOutput(file, firstScenarioText(scenario));
  try {
    loadPlans(world, [file], found);
  } catch (thrown) {
    if (before !== null) writeFileSync(file, before);
    if (!(thrown instanceof ProblemsError)) throw thrown;
    throw new Error(`init wrote a scenario that is not valid:\n${thrown.message}`);
  }
  const { cmd, replicas } = found;
  const size = replicas === undefined ? "" : ` --replicas ${replicas}`;
  const by = cmd === undefined ? "" : ` --cmd ${shellQuoted(cmd)}${size}`;
  host.stdout.line(`requests go to ${scenario.entry}: ${scenario.entryWhy}`);
  host.stdout.line(`harm is done to ${scenario.target.service}: ${scenario.target.why}`);
  host.stdout.line(`wrote ${flags.out}; look through it, then: aegis chaos run ${flags.out}${by}`);
}

/** The compose file of this directory, if none is given. */
function withFoundCompose(world: World, flags: InitFlags): InitFlags {
  const given = flags.compose ?? flags.cmd ?? flags.project;
  if (given !== undefined || usualFile(world.cwd) === undefined) return flags;
  return { ...flags, compose: "." };
}

async function scenarioFor(
  host: Host,
  loaded: LoadedStack,
  flags: InitFlags,
  file: string,
): Promise<FirstScenario> {
  const { stack } = loaded;
  const entry = entryOf(stack);
  if (entry === null) {
    throw new AegisError("INVALID_INPUT", "cannot tell which service requests go to", {
      hint: "Name it with --entry SERVICE:PORT, or mark it with x-aegis: { entry: true }.",
    });
  }
  const port = entry.port === null || entry.port === 80 ? "" : `:${entry.port}`;
  return {
    name: `${stack.project} loses a replica`,
    stack: stackIn(flags, file, stack),
    entry: entry.service,
    entryWhy: entry.why,
    url: new URL(flags.url, `http://${entry.service}${port}/`).href,
    target: targetOf(stack, entry.service),
    probe: flags.probe ? await probeStack(host, loaded, flags.url) : null,
  };
}

/** What was given on the command line, as the scenario gives it; nothing for the bundled stack and for `--cmd`. */
function stackIn(flags: InitFlags, scenario: string, stack: Stack): FirstScenario["stack"] {
  const { compose, project, profile, engine, cmd } = flags;
  if (cmd !== undefined) return {};
  return {
    ...(compose === undefined || stack.file === null ? {} : { compose: pathIn(scenario, stack) }),
    ...(project === undefined ? {} : { project }),
    ...(profile === undefined ? {} : { profiles: profile }),
    ...(engine === undefined ? {} : { engine }),
  };
}

/** From the scenario's own directory; a directory where files lie over the first. */
function pathIn(scenario: string, { file, overrides, directory }: Stack): string {
  const path = relative(dirname(scenario), overrides ? directory : (file ?? directory)) || ".";
  return path.startsWith(".") ? path : `./${path}`;
}
