import type { Readiness } from "../../model/journal.ts";
import type { Timeline } from "../../model/timeline.ts";
import { answerShares } from "./answers.ts";

/**
 * What numbers about recovery do not rest on, each a sentence: services that were harmed, of which neither a healthcheck
 * nor an answer tells when they are well again. Empty where all rests on more, and for journals that do not say.
 */
export function weakBasis(timeline: Timeline): readonly string[] {
  const { readiness, services } = timeline.header;
  if (readiness === undefined) return [];
  const answering = new Set(
    answerShares(timeline).flatMap(({ what, name }) => (what === "replica" ? [name] : [])),
  );
  return harmedServices(timeline)
    .filter((service) => (readiness[service] ?? readinessSeen(timeline, service)) === "running")
    .filter((service) => !services[service]?.some((replica) => answering.has(replica)))
    .map(
      (service) =>
        `${service} counts as recovered as soon as it runs: no healthcheck and no answer tells more of it`,
    );
}

/** Of an image that nobody knew beforehand: it has a healthcheck if it was ever seen to. */
function readinessSeen({ events }: Timeline, service: string): Readiness {
  const checked = events.some(
    ({ event: { replica } }) => replica.service === service && replica.health !== "none",
  );
  return checked ? "health" : "running";
}

function harmedServices({ steps }: Timeline): string[] {
  const harmed = steps.flatMap(({ injections }) =>
    injections.flatMap(({ target }) => target?.service ?? []),
  );
  return [...new Set(harmed)];
}
