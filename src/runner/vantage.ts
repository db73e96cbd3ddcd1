import type { Engine } from "../engines/engine.ts";
import { AegisError } from "../kit/errors.ts";
import type { Plan, Vantage } from "../model/plan.ts";
import type { AddressBook } from "../model/powers.ts";
import type { TrafficTarget } from "./traffic.ts";

/** Where the requests of a run are sent from. */
export interface ChosenVantage {
  readonly vantage: Vantage;
  /** Why it is inside although nobody asked for that; null: somebody did, or it is the host. */
  readonly why: string | null;
}

/**
 * The vantage that is asked for; else the host, unless one of the targets is out of its reach and there is an inside. Throws
 * ENVIRONMENT when inside is asked for and there is none, INVALID_INPUT for a target that the stack does not have.
 */
export async function chooseVantage(
  wanted: Plan["vantage"],
  targets: readonly TrafficTarget[],
  { can, powers }: Pick<Engine, "can" | "powers">,
): Promise<ChosenVantage> {
  if (wanted === "host") return { vantage: wanted, why: null };
  if (wanted === "inside") {
    if (can.inside === true) return { vantage: wanted, why: null };
    const { no, hint } = can.inside;
    throw new AegisError("ENVIRONMENT", `cannot measure from inside: ${no}`, { hint });
  }
  if (can.inside !== true) return { vantage: "host", why: null };
  for (const { service, port } of targets) {
    const why = await powers.inside.needFor(service, port);
    if (why !== null) return { vantage: "inside", why };
  }
  return { vantage: "host", why: null };
}

/** Where services are reached from there. */
export function addressesFrom(vantage: Vantage, engine: Engine): AddressBook {
  if (vantage === "host") return engine;
  return { addressOf: (_consumer, service, port) => engine.powers.inside.addressOf(service, port) };
}
