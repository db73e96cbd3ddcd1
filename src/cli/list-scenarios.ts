import { readFileSync } from "node:fs";
import { readYaml } from "../kit/source.ts";
import type { Host } from "./host.ts";
import { bundledScenarios } from "./load-plans.ts";
import { printTable } from "./terminal-paper.ts";

/** The bundled scenarios, by name, with the title that each gives itself. */
export function listScenarios(host: Host, { json }: { readonly json: boolean }): void {
  const scenarios = [...bundledScenarios(host.world)].map(([name, path]) => ({
    name,
    title: titleOf(path),
    path,
  }));
  if (json) {
    host.stdout.line(JSON.stringify(scenarios, null, 2));
    return;
  }
  printTable(
    host,
    [{ head: "name" }, { head: "what happens", least: 12 }],
    scenarios.map(({ name, title }) => [{ text: name, tone: "bold" as const }, { text: title }]),
  );
}

function titleOf(path: string): string {
  const { data } = readYaml(readFileSync(path), path);
  return String((data as { name?: unknown } | null)?.name ?? "");
}
