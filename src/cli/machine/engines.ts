import { engineNames, loadEngine } from "../../engines/registry.ts";
import { AegisError, messageOf } from "../../kit/errors.ts";
import type { World } from "../../kit/world.ts";
import type { Can } from "../../model/powers.ts";
import type { Stack } from "../../model/stack.ts";
import { projectDirectory } from "../../state/project-directory.ts";
import type { MachineCheck } from "./machine-check.ts";

/** One engine, what it can do here, and whether the stack is up on it. */
export interface EngineCheck extends MachineCheck {
  readonly engine: string;
  readonly usable: boolean;
  readonly up: boolean;
  /** null when it cannot work at all. */
  readonly can: Can | null;
}

/** Each engine, tried with this stack. Starts nothing. */
export function checkEngines(world: World, stack: Stack): Promise<EngineCheck[]> {
  return Promise.all(engineNames.map((name) => checkEngine(world, stack, name)));
}

async function checkEngine(world: World, stack: Stack, name: string): Promise<EngineCheck> {
  const what = `engine ${name}`;
  try {
    const createEngine = await loadEngine(name);
    const stateDirectory = projectDirectory(world, name, stack.project);
    const engine = await createEngine({ stack, world, stateDirectory });
    const up = await engine.isUp().finally(() => engine.close());
    return { engine: name, what, usable: true, up, can: engine.can, ...describe(engine.can) };
  } catch (thrown) {
    const hint = thrown instanceof AegisError ? (thrown.hint ?? null) : null;
    const says = messageOf(thrown);
    return { engine: name, what, usable: false, up: false, can: null, status: "bad", says, hint };
  }
}

function describe(can: Can): Pick<MachineCheck, "status" | "says" | "hint"> {
  const parts: string[] = [];
  const hints: string[] = [];
  for (const [name, power] of Object.entries(can)) {
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
