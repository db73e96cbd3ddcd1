import { engineNames, loadEngine, loadSurvey } from "../../engines/registry.ts";
import type { EngineSurvey } from "../../engines/survey.ts";
import { AegisError, messageOf } from "../../kit/errors.ts";
import type { World } from "../../kit/world.ts";
import type { Can } from "../../model/powers.ts";
import type { Stack } from "../../model/stack.ts";
import { projectPath } from "../../state/project-directory.ts";
import type { MachineCheck } from "./machine-check.ts";

/** One engine, what it can do here, and whether the stack is up on it. */
export interface EngineCheck extends MachineCheck {
  readonly engine: string;
  readonly usable: boolean;
  readonly up: boolean;
  /** null when it cannot work at all. */
  readonly can: Can | null;
  /** What was found out about the machine that it works on; null when that is nothing to look at. */
  readonly survey: EngineSurvey | null;
}

/**
 * Each engine, tried with this stack. Starts nothing but the probes of a survey. One that cannot work is no trouble
 * while another can, unless it is the one that is `wanted` for this stack.
 */
export async function checkEngines(
  world: World,
  stack: Stack,
  wanted: string,
): Promise<EngineCheck[]> {
  const checks = await Promise.all(engineNames.map((name) => checkEngine(world, stack, name)));
  const able = checks.some(({ usable }) => usable);
  return checks.map((check) => {
    const spare = !check.usable && able && check.engine !== wanted;
    return spare ? { ...check, status: "warning" } : check;
  });
}

async function checkEngine(world: World, stack: Stack, name: string): Promise<EngineCheck> {
  const what = `engine ${name}`;
  try {
    const survey = (await (await loadSurvey(name))?.(world, stack)) ?? null;
    const createEngine = await loadEngine(name);
    const stateDirectory = projectPath(world, name, stack.project);
    const engine = await createEngine({ stack, world, stateDirectory });
    const up = await engine.isUp().finally(() => engine.close());
    const fatal = survey?.findings.find(({ status }) => status === "bad");
    if (fatal !== undefined) {
      const says = `cannot run ${stack.project}: ${fatal.says}`;
      const check = { engine: name, what, usable: false, up, can: null, survey };
      return { ...check, status: "bad", says, hint: fatal.hint };
    }
    const can = { ...engine.can, ...survey?.lacks };
    return { engine: name, what, usable: true, up, can, survey, ...describe(can) };
  } catch (thrown) {
    const hint = thrown instanceof AegisError ? (thrown.hint ?? null) : null;
    const says = messageOf(thrown);
    const nothing = { usable: false, up: false, can: null, survey: null };
    return { engine: name, what, ...nothing, status: "bad", says, hint };
  }
}

function describe(can: Can): Pick<MachineCheck, "status" | "says" | "hint"> {
  const parts: string[] = [];
  const hints: string[] = [];
  for (const [name, power] of Object.entries(can)) {
    // Where there is no inside, this machine is the very place to measure from.
    if (name === "inside" && power !== true) continue;
    parts.push(power === true ? name : `no ${name} (${power.no})`);
    if (power !== true) hints.push(`${name}: ${power.hint}`);
  }
  const lacking = hints.length > 0;
  return {
    status: lacking ? "warning" : "ok",
    says: `works, with the powers ${parts.join(", ")}`,
    hint: lacking ? hints.join("\n") : null,
  };
}
