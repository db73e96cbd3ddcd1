import type { ProblemList } from "../kit/problem-list.ts";
import type { SourcePath, YamlSource } from "../kit/source.ts";
import { CONTAINER_KEYS } from "./docker-keys.ts";
import type { WrittenService } from "./raw-services.ts";

/** Adds a problem for each key by which a service asks for what a plain process does not give it. */
export function addProcessRefusals(
  source: YamlSource,
  { name, raw, writtenIn }: WrittenService,
  problems: ProblemList,
): void {
  if (raw["x-aegis"]?.process === undefined) return;
  const { services } = source.data as { services: Record<string, Record<string, unknown>> };
  const seen = new Set<string>();
  for (const written of writtenIn) {
    for (const [key, value] of Object.entries(services[written] ?? {})) {
      if (seen.has(key) || isEmpty(value)) continue;
      seen.add(key);
      for (const { path, instead } of refused(key, value)) {
        problems.add({
          source,
          path: ["services", written, ...path],
          message: `${name} asks for what a plain process cannot have: ${instead}`,
          hint: "remove it, or leave it to another compose file",
          at: "key",
        });
      }
    }
  }
}

interface Refusal {
  readonly path: SourcePath;
  readonly instead: string;
}

function refused(key: string, value: unknown): Refusal[] {
  switch (key) {
    case "volumes":
      return refusedVolumes(value);
    case "networks":
      return refusedNetworks(value);
    case "depends_on":
      return Object.entries(Object(value)).flatMap(([on, how]) =>
        isOn(Object(how).restart)
          ? [{ path: ["depends_on", on, "restart"], instead: `it is not restarted with ${on}` }]
          : [],
      );
    case "healthcheck":
      return isEmpty(Object(value).start_interval)
        ? []
        : [
            {
              path: ["healthcheck", "start_interval"],
              instead: "its health is asked every `interval` from the start",
            },
          ];
    case "ports":
      return refusedPorts(value);
    case "deploy":
      return isEmpty(Object(value).resources)
        ? []
        : [{ path: ["deploy", "resources"], instead: "its CPU and memory are not limited" }];
    case "network_mode":
      if (value === "host" || value === "bridge") return [];
      break;
    default:
  }
  if (!Object.hasOwn(CONTAINER_KEYS, key)) return [];
  return [{ path: [key], instead: CONTAINER_KEYS[key as keyof typeof CONTAINER_KEYS] }];
}

/** A process sees the host's own files, so a read-only view of some of them takes nothing from it; anything else would keep state. */
function refusedVolumes(value: unknown): Refusal[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((volume, index) =>
    isReadOnlyBind(volume)
      ? []
      : [{ path: ["volumes", index], instead: "nothing is mounted for it" }],
  );
}

function isReadOnlyBind(volume: unknown): boolean {
  if (typeof volume === "string") return /^[./~][^:]*:[^:]+:(?:[^:]*,)?ro(?:,[^:]*)?$/.test(volume);
  const { type, read_only } = Object(volume) as { type?: unknown; read_only?: unknown };
  return type === "bind" && read_only === true;
}

/** Where a port is published, the process itself listens: aegis asks and forwards TCP alone. */
function refusedPorts(value: unknown): Refusal[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((port, index) => {
    const written = typeof port === "string" ? /\/(\w+)$/.exec(port)?.[1] : Object(port).protocol;
    const protocol = String(written ?? "tcp").toLowerCase();
    if (protocol === "tcp") return [];
    const instead = `its ${protocol.toUpperCase()} ports are not published`;
    return [{ path: ["ports", index], instead }];
  });
}

/** To be on a network is nothing that a process lacks; a name or an address of its own there is. */
function refusedNetworks(value: unknown): Refusal[] {
  if (Array.isArray(value)) return [];
  return Object.entries(Object(value)).flatMap(([network, settings]) =>
    Object.keys(Object(settings)).map((key) => ({
      path: ["networks", network, key],
      instead: "it has no network with names and addresses of its own",
    })),
  );
}

function isOn(value: unknown): boolean {
  return value === true || value === "true";
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
