import { AegisError } from "../kit/errors.ts";
import type { Members, Releases } from "../model/powers.ts";

/** Said by engines that replace replicas in place. */
export const NO_MEMBERS = {
  no: "this engine replaces replicas in place: it cannot start one beside another",
  hint: "use the strategy `in-place`",
} as const;

/** The power where it is lacking. */
export const noMembers: Members = {
  refusal: async () => NO_MEMBERS.no,
  add: () => refuse(NO_MEMBERS),
  beside: async () => null,
  promote: () => refuse(NO_MEMBERS),
  dismiss: async () => undefined,
};

/** Said by engines that know one version of everything. */
export const NO_RELEASES = {
  no: "this engine cannot change the version of a replica",
  hint: "choose another engine with --engine",
} as const;

/** The power where it is lacking. */
export const noReleases: Releases = {
  named: () => refuse(NO_RELEASES),
  source: () => refuse(NO_RELEASES),
  of: () => refuse(NO_RELEASES),
  pin: () => refuse(NO_RELEASES),
  address: () => refuse(NO_RELEASES),
  dropUnused: () => refuse(NO_RELEASES),
  put: () => refuse(NO_RELEASES),
};

async function refuse({
  no,
  hint,
}: {
  readonly no: string;
  readonly hint: string;
}): Promise<never> {
  throw new AegisError("ENVIRONMENT", no, { hint });
}
