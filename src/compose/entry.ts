import type { ReplicaSpec, Stack } from "../model/stack.ts";
import type { AegisKeys } from "./aegis-keys.ts";

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

/** Where programs are asked over HTTP, the likeliest first. */
const USUAL_PORTS = [80, 8080, 8000, 3000, 5000, 8081, 8888, 443, 8443];

/**
 * The service that requests go to: the one that says `x-aegis.entry` (or was asked for), else the only one with published
 * ports, else the published one with a usual name for it (balancer, nginx, gateway, web ...), with the likeliest port, or
 * that no other depends on; else one with a usual name, else the only one. Null: it cannot be told.
 */
export function entryOf(stack: Stack): Entry | null {
  const services = [...new Set(stack.replicas.map(({ service }) => service))];
  const published = services.filter((service) => portsOf(stack, service).length > 0);
  const guesses: readonly (readonly [string | undefined, string])[] = [
    [stack.entry, stack.entryPort === undefined ? "x-aegis.entry says so" : "it was named"],
    [only(published), "it is the only service with published ports"],
    [usual(published), "it has a usual name and published ports"],
    [withUsualPort(stack, published), "of those with published ports it has the likeliest"],
    [
      only(published.filter((service) => !isNeeded(stack, service))),
      "it is the only one with published ports that no other depends on",
    ],
    [usual(services), "it has a usual name for an entry"],
    [only(services), "it is the only service"],
  ];
  for (const [service, why] of guesses) {
    if (service !== undefined && services.includes(service)) return entryAt(stack, service, why);
  }
  return null;
}

function entryAt(stack: Stack, service: string, why: string): Entry {
  const ports = portsOf(stack, service);
  const replica = stack.replicas.find((each) => each.service === service);
  const given = stack.entry === service ? stack.entryPort : undefined;
  const port = given ?? likeliest(ports) ?? listeningPort(replica);
  if (given !== undefined || ports.length < 2) return { service, port, why };
  return { service, port, why: `${why}; its port ${port} of ${ports.join(", ")} is a guess` };
}

/** Is this the service that requests go to? */
export function marksEntry(aegis: AegisKeys | undefined): boolean {
  return aegis?.entry !== undefined && aegis.entry !== false;
}

/** What a Stack says of the service that is marked, by compose service. */
export function markedEntry(
  services: readonly (readonly [string, AegisKeys | undefined])[],
): Pick<Stack, "entry" | "entryPort"> {
  const [name, aegis] = services.find(([, keys]) => marksEntry(keys)) ?? [];
  if (name === undefined) return {};
  const port = typeof aegis?.entry === "number" ? { entryPort: aegis.entry } : {};
  return { entry: aegis?.service ?? name, ...port };
}

function only(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

function usual(names: readonly string[]): string | undefined {
  return USUAL_NAMES.find((name) => names.includes(name));
}

/** Only when it is the one: two web servers side by side tell nothing. */
function withUsualPort(stack: Stack, services: readonly string[]): string | undefined {
  const ranks = services.map((service) => {
    const places = portsOf(stack, service).map((port) => USUAL_PORTS.indexOf(port));
    return { service, rank: Math.min(...places.map((at) => (at < 0 ? 1e9 : at))) };
  });
  const best = Math.min(...ranks.map(({ rank }) => rank));
  return best === 1e9
    ? undefined
    : only(ranks.filter(({ rank }) => rank === best).map(({ service }) => service));
}

function isNeeded({ replicas }: Stack, service: string): boolean {
  const names = replicas.filter((each) => each.service === service).map(({ name }) => name);
  return replicas.some(
    (each) => each.service !== service && each.dependsOn.some(({ on }) => names.includes(on)),
  );
}

/** Published ones, by the numbers that the compose network knows. */
function portsOf({ replicas }: Stack, service: string): number[] {
  const own = replicas.filter((each) => each.service === service);
  return [...new Set(own.flatMap(({ ports }) => ports.map(({ container }) => container)))];
}

function likeliest(ports: readonly number[]): number | undefined {
  return USUAL_PORTS.find((port) => ports.includes(port)) ?? ports[0];
}

function listeningPort(replica: ReplicaSpec | undefined): number | null {
  return replica?.process?.port ?? replica?.container?.port ?? null;
}
