import { ProblemList } from "../kit/problem-list.ts";
import { readYaml } from "../kit/source.ts";
import { interpolated } from "./interpolated-source.ts";

/**
 * A compose file as compose would print it, as far as the shape of its stack goes, without waiting for compose: for
 * commands that only look at what runs. null where only compose can tell, as it resolves `extends` and `include`.
 * For files that `parseCompose` has read without a problem.
 */
export function normalisedAtAGlance(
  text: Uint8Array | string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  const { data } = interpolated(readYaml(text, file), env, new ProblemList());
  const { services, include } = Object(data) as { services?: object; include?: unknown };
  const extended = Object.values(services ?? {}).some((service) =>
    Object.hasOwn(service, "extends"),
  );
  if (extended || include !== undefined) return null;
  return JSON.stringify(data).replaceAll("$", "$$$$");
}
