import { AegisError, EXIT_CODES } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";
import type { Host } from "./host.ts";
import { kinds } from "./kinds.ts";
import { type LoadedStack, loadStack, NO_CHOICE, type StackFlags } from "./load-stack.ts";
import { checkEngines } from "./machine/engines.ts";
import { checkKinds } from "./machine/kinds.ts";
import { checkLeftovers } from "./machine/leftovers.ts";
import { checkLimits } from "./machine/limits.ts";
import type { MachineCheck } from "./machine/machine-check.ts";
import { checkNode, checkPlatform } from "./machine/platform.ts";
import { checkPorts } from "./machine/ports.ts";
import { checkState } from "./machine/state.ts";
import { paperOf } from "./terminal-paper.ts";

/**
 * Looks at everything a run rests on and says what to do about what is wrong. Exit 4 when no engine can work, or not the
 * one that was asked for, or when the stack cannot be read here.
 */
export async function checkMachine(
  host: Host,
  flags: StackFlags & { readonly json: boolean },
): Promise<void> {
  const { world } = host;
  const { loaded, problem } = loadOrProblem(world, flags);
  const state = checkState(world);
  const engines = await checkEngines(world, loaded.stack, loaded.engine);
  const checks: readonly MachineCheck[] = [
    await checkNode(world),
    checkPlatform(world),
    ...engines.flatMap(({ survey, ...check }) => [
      { ...check, facts: survey?.facts ?? null },
      ...(survey?.findings ?? []),
    ]),
    ...checkKinds(engines, kinds),
    ...state,
    await checkLimits(),
    ...(problem === null ? await checkPorts(loaded.stack, engines) : [problem]),
    ...checkLeftovers(world),
  ];
  const wanted = flags.engine ?? null;
  const works = engines.filter(({ usable, engine }) => usable && (wanted ?? engine) === engine);
  const able = works.length > 0 && problem === null;
  if (!able) host.setExitCode(EXIT_CODES.ENVIRONMENT);
  if (flags.json) {
    host.stdout.line(JSON.stringify({ able, checks }, null, 2));
    return;
  }
  printChecks(host, checks);
  if (works.length > 0) return;
  const none = wanted === null ? "No engine can" : `The engine ${wanted} cannot`;
  host.stdout.line(paperOf(host).paint("bad", `${none} work on this machine.`));
}

interface Loaded {
  readonly loaded: LoadedStack;
  /** Why it is the bundled stack instead of the one that was asked for; null: it is that one. */
  readonly problem: MachineCheck | null;
}

/** What stands in the way of reading the stack may be what is to be found out: the rest is looked at all the same. */
function loadOrProblem(world: World, flags: StackFlags): Loaded {
  try {
    return { loaded: loadStack(world, flags, NO_CHOICE), problem: null };
  } catch (thrown) {
    if (!(thrown instanceof AegisError) || thrown.code !== "ENVIRONMENT") throw thrown;
    const { stack } = loadStack(world, {}, NO_CHOICE);
    const { message: says, hint = null } = thrown;
    return {
      loaded: { stack, engine: flags.engine ?? "" },
      problem: { status: "bad", what: "stack", says, hint },
    };
  }
}

function printChecks(host: Host, checks: readonly MachineCheck[]): void {
  const paper = paperOf(host);
  const { pass, doubt, fail } = paper.signs;
  const signs = { ok: [pass, "good"], warning: [doubt, "doubt"], bad: [fail, "bad"] } as const;
  for (const { status, what, says, hint } of checks) {
    const [sign, tone] = signs[status];
    for (const line of paper.item(tone, sign, `${what}: ${says}`, 0)) host.stdout.line(line);
    if (hint === null) continue;
    for (const line of paper.paragraph("dim", hint, 4)) host.stdout.line(line);
  }
}
