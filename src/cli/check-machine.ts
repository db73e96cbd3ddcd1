import { EXIT_CODES } from "../kit/errors.ts";
import type { Host } from "./host.ts";
import { loadStack, NO_CHOICE, type StackFlags } from "./load-stack.ts";
import { checkEngines, type EngineCheck } from "./machine/engines.ts";
import { checkLeftovers } from "./machine/leftovers.ts";
import { checkLimits } from "./machine/limits.ts";
import type { MachineCheck } from "./machine/machine-check.ts";
import { checkNode, checkPlatform } from "./machine/platform.ts";
import { checkPorts } from "./machine/ports.ts";
import { checkState } from "./machine/state.ts";
import { paperOf } from "./terminal-paper.ts";

/** Looks at everything a run rests on and says what to do about what is wrong. Exit 4 when no engine can work. */
export async function checkMachine(
  host: Host,
  flags: StackFlags & { readonly json: boolean },
): Promise<void> {
  const { world } = host;
  const { stack } = loadStack(world, flags, NO_CHOICE);
  const state = checkState(world);
  const engines = await checkEngines(world, stack);
  const checks: readonly MachineCheck[] = [
    await checkNode(world),
    checkPlatform(world),
    ...engines,
    ...state,
    await checkLimits(),
    ...(await checkPorts(stack, engines)),
    ...checkLeftovers(world),
  ];
  const able = engines.some(({ usable }) => usable);
  if (!able) host.setExitCode(EXIT_CODES.ENVIRONMENT);
  if (flags.json) host.stdout.line(JSON.stringify({ able, checks }, null, 2));
  else printChecks(host, checks, engines);
}

function printChecks(
  host: Host,
  checks: readonly MachineCheck[],
  engines: readonly EngineCheck[],
): void {
  const paper = paperOf(host);
  const { pass, doubt, fail } = paper.signs;
  const signs = { ok: [pass, "good"], warning: [doubt, "doubt"], bad: [fail, "bad"] } as const;
  for (const { status, what, says, hint } of checks) {
    const [sign, tone] = signs[status];
    for (const line of paper.item(tone, sign, `${what}: ${says}`, 0)) host.stdout.line(line);
    if (hint === null) continue;
    for (const line of paper.paragraph("dim", hint, 4)) host.stdout.line(line);
  }
  if (engines.some(({ usable }) => usable)) return;
  host.stdout.line(paper.paint("bad", "No engine can work on this machine."));
}
