import type Docker from "dockerode";
import { AegisError } from "../../../kit/errors.ts";
import type { Address } from "../../../model/replica.ts";
import { portAsked } from "../address.ts";
import type { Project } from "../project.ts";
import type { ReplicaRecord } from "../replica-record.ts";

/** See Inside.needFor. */
export async function needFor(
  project: Project,
  service: string,
  port: number | null,
): Promise<string | null> {
  const { remote } = project.client;
  const asked = portAsked(await project.watch(), service, port);
  const onMachine = asked.records.some(
    ({ container, spec }) =>
      container?.ip === OWN_MACHINE ||
      container?.published.has(asked.port) === true ||
      spec.ports.some((one) => one.container === asked.port),
  );
  if (!onMachine) return `port ${asked.port} of ${service} is not published`;
  return remote === null ? null : `containers run on ${remote}`;
}

/** What shares the network of the daemon's host has this address. */
const OWN_MACHINE = "127.0.0.1";

/**
 * The name by which its network knows a service: that of the compose service, under which Docker's DNS answers with all its
 * containers; of a single one of several, the container's. Where several compose services are one service here, that of
 * the first replica that runs, as on every engine.
 */
export async function nameInside(
  project: Project,
  service: string,
  port: number | null,
): Promise<Address> {
  const watch = await project.watch();
  const asked = portAsked(watch, service, port);
  const [first] = asked.records as [ReplicaRecord];
  const composed = (record: ReplicaRecord): string =>
    record.spec.container?.service ?? record.spec.name;
  const siblings = watch.records.filter((one) => composed(one) === composed(first));
  const meansAll = siblings.every((one) => asked.records.includes(one));
  if (!meansAll && first.container === null) {
    throw new AegisError("ENVIRONMENT", `${first.spec.name} is gone, so it has no address`, {
      hint: "start the stack first: aegis up",
    });
  }
  const host = meansAll ? composed(first) : (first.container?.name as string);
  return { host, port: asked.port };
}

/** Names of the networks from which all of these services can be reached, one of each; the project's first when there are none. */
export async function networksOf(
  project: Project,
  services: readonly string[],
): Promise<readonly string[]> {
  const each = await Promise.all(services.map((service) => networksOfService(project, service)));
  const joined = new Set<string>();
  for (const { service, names } of each) {
    if (names.some((name) => joined.has(name))) continue;
    const [first] = names;
    if (first === undefined) throw noNetwork(service);
    joined.add(first);
  }
  if (joined.size > 0) return [...joined];
  const [oldest] = await project.networks();
  if (oldest !== undefined) return [oldest.name];
  throw noNetwork(project.stack.project);
}

async function networksOfService(
  project: Project,
  service: string,
): Promise<{ readonly service: string; readonly names: readonly string[] }> {
  const watch = await project.watch();
  const record = watch.records.find(
    ({ spec, container }) =>
      (spec.service === service || spec.name === service) && container !== null,
  );
  const { client, ask } = project;
  const id = record?.container?.id;
  if (id === undefined) return { service, names: [] };
  const info = await ask(client.api.getContainer(id).inspect(), `inspect ${service}`, 404);
  return { service, names: namedNetworks(info) };
}

/** Only networks that users have made look up names. */
const WITHOUT_NAMES = new Set(["host", "none", "bridge"]);

function namedNetworks(info: Docker.ContainerInspectInfo | null): string[] {
  const networks = Object.keys(info?.NetworkSettings.Networks ?? {});
  return networks.filter((name) => !WITHOUT_NAMES.has(name)).sort();
}

function noNetwork(what: string): AegisError {
  return new AegisError("ENVIRONMENT", `${what} has no network of its own that could be joined`, {
    hint: "give it one in the compose file, or measure from the host: `vantage: host`",
  });
}
