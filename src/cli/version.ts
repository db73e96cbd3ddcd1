import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./host.ts";

/** The version in our package.json. */
export function versionOf(host: Host): string {
  const text = readFileSync(join(host.world.packageRoot, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
