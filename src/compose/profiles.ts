import type { ProblemList } from "../kit/problem-list.ts";
import type { YamlSource } from "../kit/source.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { WrittenService } from "./raw-services.ts";

/** Which services of a file are wanted. */
export interface ProfileChoice {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Profiles switched on; none: those of COMPOSE_PROFILES. */
  readonly profiles: readonly string[];
}

export function activeProfiles({ env, profiles }: ProfileChoice): readonly string[] {
  if (profiles.length > 0) return profiles;
  return (env["COMPOSE_PROFILES"] ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
}

/** The services without a profile, and those of the active ones. */
export function withActiveProfile(
  services: readonly WrittenService[],
  choice: ProfileChoice,
): WrittenService[] {
  const wanted = activeProfiles(choice);
  return services.filter(
    ({ raw: { profiles = [] } }) =>
      profiles.length === 0 ||
      wanted.includes("*") ||
      profiles.some((name) => wanted.includes(name)),
  );
}

/** A problem for each profile that is asked for and that no service has. */
export function checkProfiles(
  source: YamlSource,
  services: readonly WrittenService[],
  { profiles }: ProfileChoice,
  problems: ProblemList,
): void {
  const declared = new Set(services.flatMap(({ raw }) => raw.profiles ?? []));
  for (const profile of profiles) {
    if (profile === "*" || declared.has(profile)) continue;
    const message = `no service has the profile "${profile}"`;
    const hint = didYouMean(profile, [...declared]);
    problems.add({ source, path: ["services"], message, hint, at: "key" });
  }
}
