import type { TargetRef } from "../model/replica.ts";
import type { Release } from "../model/stack.ts";
import type { Strategy } from "./params.ts";

/** One replica on its way from one release to another, as foreseen. JSON. */
export interface Move {
  readonly target: TargetRef;
  readonly strategy: Strategy;
  /** Why it is no surge although it might have been one; null: it is, or none was wanted. */
  readonly noSurge: string | null;
  /** Pinned, both. */
  readonly before: Release;
  readonly after: Release;
  /** The version that it answered as before; null: it did not say. */
  readonly answeredAs: string | null;
  /** It runs that release: nothing is to be done. */
  readonly already: boolean;
}

/** All that a rollout is going to do, in its order. JSON. */
export interface Foreseen {
  /** What it moves to, for people: `v2`. */
  readonly to: string;
  readonly moves: readonly Move[];
}

/** How to take back what was completed: what each replica ran before. JSON. */
export interface WayBack {
  readonly moves: readonly { readonly name: string; readonly release: Release }[];
  /** The replicas that the last of them has moved. */
  readonly last: readonly string[];
}

/** Do two pinned releases run the same? A name alone makes no difference. */
export function isSame(a: Release, b: Release): boolean {
  const essence = ({ env, image, command }: Release): string =>
    JSON.stringify([Object.entries(env).sort(), image, command]);
  return essence(a) === essence(b);
}

/** For people: what a replica ran before. */
export function formerOf({ before, answeredAs }: Pick<Move, "before" | "answeredAs">): string {
  return before.name ?? answeredAs ?? labelOf(before);
}

/** For people: its name, or what it is made of. */
export function labelOf({ name, image, command }: Release): string {
  return (
    name ?? image?.replace(/^(sha256:.{12}).*$/, "$1") ?? command?.join(" ") ?? "what is declared"
  );
}
