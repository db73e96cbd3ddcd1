import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import {
  bootId,
  identityToKeep,
  isAlive,
  type ProcessIdentity,
} from "../../../kit/process-identity.ts";
import type { World } from "../../../kit/world.ts";
import { HELPER_OWNER } from "../labels.ts";

/** The process that made a helper container. */
export interface Owner extends ProcessIdentity {
  /** For people: names are given twice. */
  readonly host: string;
  /** What its pid counts in: in another container of one machine it is another process. "" where there is no such thing. */
  readonly pidNamespace: string;
}

/** `elsewhere`: on another machine, in another container, or before this machine was booted, where it cannot be told whether it lives. */
export type Standing = "ours" | "living" | "dead" | "elsewhere";

/** What a helper of ours says of us, in a label. */
export function ownerLabel({ pid }: World): Readonly<Record<string, string>> {
  const us: Owner = { ...identityToKeep(pid), host: hostname(), pidNamespace: pidNamespace() };
  return { [HELPER_OWNER]: JSON.stringify(us) };
}

/** null: nobody, or none that can be read. */
export function ownerOf({
  [HELPER_OWNER]: text = "",
}: Readonly<Record<string, string | undefined>>): Owner | null {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    return typeof owner?.pid === "number" ? (owner as Owner) : null;
  } catch {
    return null;
  }
}

/** Seen from our process. */
export function standingOf(owner: Owner, { pid }: World): Standing {
  if (owner.boot !== bootId() || owner.pidNamespace !== pidNamespace()) return "elsewhere";
  if (!isAlive(owner)) return "dead";
  return owner.pid === pid ? "ours" : "living";
}

function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}
