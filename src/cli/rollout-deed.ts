import { AegisError } from "../kit/errors.ts";

/** What can be wanted of `aegis rollout`, one at a time. */
const DEEDS = ["to", "image", "build", "undo", "status", "watch", "pause", "resume"] as const;

export type Deed = (typeof DEEDS)[number];

/** Those that would change what runs: of these it can be asked what they would do. */
const PLANNABLE: readonly Deed[] = ["to", "image", "build", "undo"];

/** The one thing that is wanted. Throws INVALID_INPUT when it is none, or two that exclude each other, and says which. */
export function deedOf(
  flags: { readonly plan?: true } & { readonly [deed in Deed]?: string | true },
): Deed {
  const given = DEEDS.filter((name) => flags[name]);
  const [deed] = given;
  if (deed === undefined || given.length > 1) throw oneDeed(given);
  if (flags.plan && !PLANNABLE.includes(deed)) throw nothingToPlan(deed);
  return deed;
}

function oneDeed(given: readonly Deed[]): AegisError {
  const got = given.length === 0 ? "none" : optionsOf(given, " and ");
  return new AegisError("INVALID_INPUT", `expected one of ${optionsOf(DEEDS)}; got ${got}`, {
    hint: "for example: aegis rollout app1 --to v2",
  });
}

function nothingToPlan(deed: Deed): AegisError {
  return new AegisError("INVALID_INPUT", `--plan and --${deed} exclude each other`, {
    hint: `--plan goes with one of ${optionsOf(PLANNABLE)}`,
  });
}

function optionsOf(deeds: readonly Deed[], between = ", "): string {
  return deeds.map((name) => `--${name}`).join(between);
}
