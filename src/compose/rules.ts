import type { ProblemList } from "../kit/problem-list.ts";
import type { YamlSource } from "../kit/source.ts";
import { marksEntry } from "./entry.ts";
import type { WrittenService } from "./raw-services.ts";
import { replicaNames } from "./replica-specs.ts";

type Rule = (service: WrittenService, all: readonly WrittenService[]) => Finding | undefined;

interface Finding {
  /** Below the service. */
  readonly path: readonly string[];
  readonly message: string;
  readonly hint: string;
}

/** What speaks against a file that aegis reads by itself. */
const RULES: Readonly<Record<string, Rule>> = {
  "a ready path needs a port to ask": ({ raw: { "x-aegis": aegis } }) =>
    aegis?.ready?.startsWith("/") && aegis.process !== undefined && !aegis.process.port
      ? {
          path: ["x-aegis", "ready"],
          message: `${aegis.ready} cannot be asked: x-aegis.process has no port`,
          hint: "add the port to x-aegis.process",
        }
      : undefined,

  "ready by health needs a healthcheck": ({ raw }) =>
    raw["x-aegis"]?.ready === "health" && raw.healthcheck?.test === undefined
      ? {
          path: ["x-aegis", "ready"],
          message: "there is no healthcheck that could tell",
          hint: "add a healthcheck, or a path such as ready: /ready",
        }
      : undefined,

  "ports of a process are different ones": ({ raw: { "x-aegis": aegis } }) => {
    const { port = null, ports = {} } = aegis?.process ?? {};
    const taken = new Set<number | null>([port]);
    for (const [name, extra] of Object.entries(ports)) {
      if (taken.has(extra)) {
        return {
          path: ["x-aegis", "process", "ports", name],
          message: `port ${extra} is declared twice`,
          hint: "give each its own number",
        };
      }
      taken.add(extra);
    }
    return undefined;
  },

  "one service is the entry": (service, all) => {
    const marked = all.filter(({ raw }) => marksEntry(raw["x-aegis"]));
    const group = ({ name, raw }: WrittenService) => raw["x-aegis"]?.service ?? name;
    const first = marked[0];
    if (first === undefined || !marked.includes(service) || group(service) === group(first)) {
      return undefined;
    }
    return {
      path: ["x-aegis", "entry"],
      message: `"${group(first)}" is the entry already`,
      hint: "mark only one service",
    };
  },

  "scale and deploy.replicas agree": ({ raw: { scale, deploy } }) =>
    scale !== undefined && deploy?.replicas !== undefined && scale !== deploy.replicas
      ? {
          path: ["scale"],
          message: `scale is ${scale}, but deploy.replicas is ${deploy.replicas}`,
          hint: "keep one of them",
        }
      : undefined,

  "replicas do not share a host port": (service) => {
    const fixed = service.raw.ports?.find(({ host }) => host !== 0);
    const size = replicaNames(service).length;
    return fixed !== undefined && size > 1
      ? {
          path: ["ports"],
          message: `${size} replicas cannot all publish port ${fixed.host}`,
          hint: `publish "${fixed.container}" on any free port, or put a balancer in front`,
        }
      : undefined;
  },
};

/** Adds a problem for each service that breaks one of the named rules. */
export function checkRules(
  source: YamlSource,
  services: readonly WrittenService[],
  problems: ProblemList,
  rules: readonly (keyof typeof RULES)[] = Object.keys(RULES),
): void {
  const told = new Set<string>();
  for (const service of services) {
    for (const rule of rules) {
      const found = RULES[rule]?.(service, services);
      if (found === undefined) continue;
      const written = service.writtenIn.find((name) => has(source, name, found.path));
      const path = ["services", written ?? service.name, ...found.path];
      if (told.has(path.join("\0"))) continue;
      told.add(path.join("\0"));
      problems.add({ source, path, message: found.message, hint: found.hint });
    }
  }
}

function has(source: YamlSource, name: string, path: readonly string[]): boolean {
  let value: unknown = (source.data as { services: Record<string, unknown> }).services[name];
  for (const key of path) value = Object(value)[key];
  return value !== undefined;
}
