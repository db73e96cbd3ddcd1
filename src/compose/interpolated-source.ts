import type { ProblemList } from "../kit/problem-list.ts";
import type { SourcePath, YamlSource } from "../kit/source.ts";
import { interpolate } from "./interpolate.ts";

/** The same document with the variables in its texts filled in; what cannot be is a problem at its place. */
export function interpolated(
  source: YamlSource,
  env: Readonly<Record<string, string | undefined>>,
  problems: ProblemList,
): YamlSource {
  const fill = (value: unknown, path: SourcePath): unknown => {
    if (typeof value === "string") {
      const result = interpolate(value, env);
      if (typeof result === "string") return result;
      problems.add({ source, path, ...result });
      return value;
    }
    if (Array.isArray(value)) return value.map((item, index) => fill(item, [...path, index]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]),
    );
  };
  return { ...source, data: fill(source.data, []) };
}
