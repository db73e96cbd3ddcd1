import { basename } from "node:path";
import type { ProblemList } from "../kit/problem-list.ts";
import type { YamlSource } from "../kit/source.ts";
import type { WrittenService } from "./raw-services.ts";
import { replicaNames } from "./replica-specs.ts";

/** The project: as asked for, COMPOSE_PROJECT_NAME, the file's `name:`, else the name of the directory as compose cuts it. */
export function projectName(
  wanted: string | null,
  env: Readonly<Record<string, string | undefined>>,
  declared: string | undefined,
  directory: string,
): string {
  const cut = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
  return wanted ?? (env["COMPOSE_PROJECT_NAME"] || (declared ?? (cut || "project")));
}

/** Names that a target could not tell apart: two replicas of one name, or a replica named as a service that has others. */
export function checkNames(
  source: YamlSource,
  services: readonly WrittenService[],
  problems: ProblemList,
): void {
  const owners = new Map<string, WrittenService>();
  const sizes = new Map<string, number>();
  for (const service of services) {
    const group = groupOf(service);
    for (const replica of replicaNames(service)) {
      sizes.set(group, (sizes.get(group) ?? 0) + 1);
      const owner = owners.get(replica);
      if (owner === undefined) owners.set(replica, service);
      else {
        const message = `its replica "${replica}" has the name of one of "${owner.name}"`;
        problems.add({ source, path: ["services", service.name], message, at: "key" });
      }
    }
  }
  for (const [group, size] of sizes) {
    const owner = owners.get(group);
    if (owner === undefined || (size === 1 && groupOf(owner) === group)) continue;
    const message = `"${group}" is the name of this replica and of a service with ${size} in it`;
    const hint = `rename one of them: "${group}" in a target could mean either`;
    problems.add({ source, path: ["services", owner.name], message, hint, at: "key" });
  }
}

function groupOf({ name, raw }: WrittenService): string {
  return raw["x-aegis"]?.service ?? name;
}
