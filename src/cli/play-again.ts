import type { PlanFlags } from "./load-plans.ts";

/** The options of a command line that decide what a scenario is played on and what it asks for, as they are typed again. */
export function optionsAgain(flags: PlanFlags): readonly string[] {
  const { compose, project, profile = [], engine, cmd, replicas, ready, url } = flags;
  const ofCommand = cmd === undefined ? {} : { cmd, replicas, ready };
  const given = { compose, project, engine, ...ofCommand, url };
  return [
    ...Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    ),
    ...profile.flatMap((name) => ["--profile", name]),
  ];
}
