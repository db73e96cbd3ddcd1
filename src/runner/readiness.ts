import type { JournalHeader } from "../model/journal.ts";
import type { Stack } from "../model/stack.ts";

/** What "ready" rests on, by service, for whoever reads the numbers later. An image that was not here may tell more than the file: left out. */
export function readinessOf({ replicas }: Stack): NonNullable<JournalHeader["readiness"]> {
  return Object.fromEntries(
    replicas
      .filter(({ readyUntold, container }) => !(readyUntold && container?.unseen))
      .map(({ service, ready }) => [service, typeof ready === "object" ? "answer" : ready]),
  );
}
