import type { StepKind } from "../../model/kind.ts";
import type { Can, Power } from "../../model/powers.ts";
import type { EngineCheck } from "./engines.ts";
import type { MachineCheck } from "./machine-check.ts";

/** Which kinds of step an engine can play here. */
export interface KindsCheck extends MachineCheck {
  readonly engine: string;
  readonly playable: readonly string[];
  readonly refused: readonly RefusedKind[];
}

/** A kind, and the first of the powers it needs that is lacking. */
interface RefusedKind extends Exclude<Power, true> {
  readonly kind: string;
  readonly power: string;
}

/** For each engine that works: what a scenario may do on it, and what it would be refused, or skip. */
export function checkKinds(
  engines: readonly Pick<EngineCheck, "engine" | "can">[],
  kinds: readonly StepKind[],
): KindsCheck[] {
  return engines.flatMap(({ engine, can }) =>
    can === null ? [] : checkKindsOf(engine, can, kinds),
  );
}

function checkKindsOf(engine: string, can: Can, kinds: readonly StepKind[]): KindsCheck {
  const refused = kinds.flatMap((kind) => refusalOf(kind, can) ?? []);
  const isRefused = new Set(refused.map(({ kind }) => kind));
  const playable = kinds.map(({ name }) => name).filter((name) => !isRefused.has(name));
  const check = { engine, what: `steps on ${engine}`, playable, refused };
  if (refused.length === 0) {
    const says = `every kind can be played: ${playable.join(", ")}`;
    return { ...check, status: "ok", says, hint: null };
  }
  const causes = refused.map(({ kind, power }) => `${kind} (needs ${power})`);
  const others = playable.length === 0 ? "nothing else either" : `playable: ${playable.join(", ")}`;
  return {
    ...check,
    status: "warning",
    says: `refused: ${causes.join(", ")}; ${others}`,
    hint: "A scenario with such a step ends with 4 before anything is harmed, unless the step says `if-unsupported: skip`: then it is left out, with those that wait for it.",
  };
}

function refusalOf({ name, needs }: StepKind, can: Can): RefusedKind | null {
  for (const need of needs) {
    const power = can[need];
    if (power !== true) return { kind: name, power: need, ...power };
  }
  return null;
}
