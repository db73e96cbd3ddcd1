import { formatDuration } from "../kit/units.ts";
import type { PlanFlags } from "./load-plans.ts";

/** How long a stack may take to get ready where nothing is said, ms. */
export const WAIT_TIMEOUT_MS = 60_000;

/** The options of a command line that decide what a scenario is played on and what it asks for, as they are typed again. */
export function optionsAgain(flags: PlanFlags): readonly string[] {
  const {
    compose,
    project,
    profile = [],
    engine,
    entry,
    cmd,
    replicas,
    ready,
    url,
    vantage,
    waitTimeout = WAIT_TIMEOUT_MS,
  } = flags;
  const ofCommand = cmd === undefined ? {} : { cmd, replicas, ready };
  const at = entry && `${entry.service}${entry.port === null ? "" : `:${entry.port}`}`;
  const wait = waitTimeout === WAIT_TIMEOUT_MS ? undefined : formatDuration(waitTimeout);
  const given = {
    ...{ compose, project, engine, entry: at, ...ofCommand, url, vantage },
    "wait-timeout": wait,
  };
  return [
    ...Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    ),
    ...profile.flatMap((name) => ["--profile", name]),
  ];
}
