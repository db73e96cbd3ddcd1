import type { ReplicaSpec, Stack } from "../model/stack.ts";

/** Where people reach a stack. */
export interface Entry {
  readonly service: string;
  /** The port by which the compose network knows it; null when none is declared. */
  readonly port: number | null;
  /** Why it is this one: `x-aegis.entry`, or which guess. */
  readonly why: string;
}

const USUAL_NAMES = [
  "balancer",
  "loadbalancer",
  "lb",
  "nginx",
  "haproxy",
  "traefik",
  "caddy",
  "envoy",
  "proxy",
  "gateway",
  "ingress",
  "edge",
  "frontend",
  "web",
];

/**
 * The service that requests go to: the one that says `x-aegis.entry: true`, else the only one with published ports, else
 * the one with a usual name for it (balancer, nginx, gateway, web ...), else the only one. Null: it cannot be told.
 */
export function entryOf(stack: Stack): Entry | null {
  const services = [...new Set(stack.replicas.map(({ service }) => service))];
  const published = services.filter((service) =>
    stack.replicas.some((replica) => replica.service === service && replica.ports.length > 0),
  );
  const guesses: readonly (readonly [string | undefined, string])[] = [
    [stack.entry, "x-aegis.entry says so"],
    [only(published), "it is the only service with published ports"],
    [usual(published), "it has a usual name and published ports"],
    [usual(services), "it has a usual name for an entry"],
    [only(services), "it is the only service"],
  ];
  for (const [service, why] of guesses) {
    const replica = stack.replicas.find((each) => each.service === service);
    if (replica !== undefined) return { service: replica.service, port: portOf(replica), why };
  }
  return null;
}

function only(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

function usual(names: readonly string[]): string | undefined {
  return USUAL_NAMES.find((name) => names.includes(name));
}

function portOf({ ports, process }: ReplicaSpec): number | null {
  return ports[0]?.container ?? process?.port ?? null;
}
