import { shellQuoted } from "../kit/shell.ts";
import type { Plan } from "../model/plan.ts";
import { type Guard, harms } from "../runner/guard.ts";
import type { Host } from "./host.ts";

/** What these plans may harm: allowed by `--allow`, or by AEGIS_ALLOW (names with commas) where nobody types. */
export function guardOf(
  { argv, world }: Host,
  plans: readonly Plan[],
  allow: readonly string[] = [],
): Guard {
  const fromEnvironment = (world.env["AEGIS_ALLOW"] ?? "").split(",").map((name) => name.trim());
  return {
    harms: plans.some(harms),
    allowed: [...allow, ...fromEnvironment.filter((name) => name !== "")],
    again: (...words) => `aegis ${withOptions(argv, words).map(shellQuoted).join(" ")}`,
  };
}

/** Behind `--` there are no options any more. */
function withOptions(argv: readonly string[], words: readonly string[]): string[] {
  const end = argv.indexOf("--");
  const at = end < 0 ? argv.length : end;
  return [...argv.slice(0, at), ...words, ...argv.slice(at)];
}
