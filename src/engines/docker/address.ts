import { AegisError } from "../../kit/errors.ts";
import { didYouMean } from "../../kit/suggest.ts";
import type { Address } from "../../model/replica.ts";
import type { Project } from "./project.ts";
import type { ReplicaRecord } from "./replica-record.ts";
import type { Watch } from "./watch.ts";

/** Where this machine reaches a service. Throws INVALID_INPUT for a service or port that nobody declares, ENVIRONMENT when there is no way. */
export async function addressOf(
  project: Project,
  service: string,
  port: number | null,
): Promise<Address> {
  const watch = await project.watch();
  const asked = portAsked(watch, service, port);
  return (
    published(asked.records, asked.port, project.client.remote) ??
    direct(watch, asked.records, asked.port) ??
    unreachable(watch, service, asked.port, asked.records)
  );
}

/** What is meant by a service, or replica, and perhaps a port of it. */
export interface AskedPort {
  /** Those that run first; at least one. */
  readonly records: readonly ReplicaRecord[];
  /** By which its network knows it. */
  readonly port: number;
}

/** Throws INVALID_INPUT for a service or port that nobody declares, ENVIRONMENT when the service declares none at all. */
export function portAsked(watch: Watch, service: string, port: number | null): AskedPort {
  const named = watch.records.filter(
    ({ spec }) => spec.service === service || spec.name === service,
  );
  if (named.length === 0) {
    const known = watch.records.flatMap(({ spec }) => [spec.service, spec.name]);
    throw new AegisError("INVALID_INPUT", `no service is called "${service}"`, {
      hint: didYouMean(service, [...new Set(known)]),
    });
  }
  const declared = [...new Set(named.flatMap(portsOf))];
  const wanted = port ?? declared[0];
  if (wanted === undefined) {
    throw new AegisError("ENVIRONMENT", `${service} declares no port`, {
      hint: "declare the one it listens on with `expose` or `ports`",
    });
  }
  if (!declared.includes(wanted)) {
    throw new AegisError("INVALID_INPUT", `${service} does not declare port ${wanted}`, {
      hint: `it has: ${declared.join(", ") || "none; declare it with `expose` or `ports`"}`,
    });
  }
  const inOrder = [...named.filter(({ state }) => state === "running"), ...named];
  return { records: inOrder, port: wanted };
}

/** The main one first. */
function portsOf({ spec, container }: ReplicaRecord): number[] {
  return [
    ...(spec.container?.port ? [spec.container.port] : []),
    ...spec.ports.map((one) => one.container),
    ...(spec.process?.port ? [spec.process.port] : []),
    ...Object.values(spec.process?.extraPorts ?? {}),
    ...(container?.exposed ?? []),
    ...(container?.published.keys() ?? []),
  ];
}

const ANYWHERE = new Set(["", "0.0.0.0", "::"]);

function published(
  records: readonly ReplicaRecord[],
  port: number,
  remote: string | null,
): Address | null {
  for (const { container } of records) {
    // In no order, and any free port may be another one of IPv6 than of IPv4.
    const bindings = container?.published.get(port) ?? [];
    const bound = bindings.find((each) => each.host !== "::") ?? bindings[0];
    if (bound === undefined) continue;
    const here = bound.host === "::" ? "::1" : "127.0.0.1";
    const host = ANYWHERE.has(bound.host) ? (remote ?? here) : bound.host;
    return { host, port: bound.port };
  }
  return null;
}

function direct({ reach }: Watch, records: readonly ReplicaRecord[], port: number): Address | null {
  if (!reach.isOpen) return null;
  const ip = records.map(({ container }) => container?.ip).find((one) => typeof one === "string");
  return ip === undefined || ip === null ? null : { host: ip, port };
}

function unreachable(
  { reach }: Watch,
  service: string,
  port: number,
  [record]: readonly ReplicaRecord[],
): never {
  const runs = record?.state === "running";
  const why = reach.why ?? "it has no address of its own";
  throw new AegisError(
    "ENVIRONMENT",
    runs
      ? `port ${port} of ${service} cannot be reached from here: it is not published, and ${why}`
      : `${service} is not running, so it has no address`,
    {
      hint: runs
        ? `publish it (ports: ["${port}"]), or send the traffic to a service that is published`
        : "start the stack first: aegis up",
    },
  );
}
