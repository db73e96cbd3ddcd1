import { AegisError } from "../kit/errors.ts";
import type { Inside } from "../model/powers.ts";

/** Said by engines whose replicas share the network of this machine. */
export const NO_INSIDE = {
  no: "replicas are plain processes of this machine: there is no inside",
  hint: "leave out `vantage: inside`",
} as const;

/** The power where it is lacking. */
export const noInside: Inside = {
  needFor: refuse,
  addressOf: refuse,
  start: refuse,
};

async function refuse(): Promise<never> {
  throw new AegisError("ENVIRONMENT", NO_INSIDE.no, { hint: NO_INSIDE.hint });
}
