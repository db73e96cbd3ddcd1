import type { Stack } from "../model/stack.ts";

/** What a first scenario harms. */
export interface FirstTarget {
  readonly service: string;
  readonly replicas: number;
  /** Does a restart policy bring it back by itself? */
  readonly heals: boolean;
  /** Is it known when it is ready again, or only that it runs? */
  readonly tellsReady: boolean;
  readonly why: string;
}

/** The service with the most replicas behind the entry; else another than the entry; else the entry itself. */
export function targetOf(stack: Stack, entry: string): FirstTarget {
  const services = [...new Set(stack.replicas.map(({ service }) => service))].filter(
    (service) => service === entry || !isOneTime(stack, service),
  );
  const size = (service: string): number =>
    stack.replicas.filter((replica) => replica.service === service).length;
  const behind = services.filter((service) => service !== entry);
  const largest = behind.reduce<string | null>(
    (best, service) => (best === null || size(service) > size(best) ? service : best),
    null,
  );
  const service = largest ?? entry;
  const replicas = size(service);
  const one = stack.replicas.find((replica) => replica.service === service);
  return {
    service,
    replicas,
    heals: one?.restart.mode === "always" || one?.restart.mode === "unless-stopped",
    tellsReady: one?.readyUntold !== true || one.container?.unseen === true,
    why: reason(service === entry, replicas),
  };
}

/** What others wait for to end (a migration) is not there to be harmed. */
function isOneTime({ replicas }: Stack, service: string): boolean {
  const names = replicas.filter((each) => each.service === service).map(({ name }) => name);
  return replicas.some(({ dependsOn }) =>
    dependsOn.some(({ on, condition }) => condition === "completed" && names.includes(on)),
  );
}

function reason(isEntry: boolean, replicas: number): string {
  if (isEntry) return "there is no other service";
  if (replicas > 1) return `it has ${replicas} replicas, so the others can stand in`;
  return "it is behind the entry; with one replica nobody can stand in for it";
}
