import type { Healthcheck, ImageFacts, ReplicaSpec } from "../model/stack.ts";
import type { WrittenService } from "./raw-services.ts";
import type { RawHealthcheck, RawService } from "./schema.ts";

/** A service with what its image says where the file leaves it to the image. */
export interface SeenService extends WrittenService {
  /** Its image is not here, and might say what the file does not. */
  readonly unseen: boolean;
}

/** Services with the healthcheck and the ports of their images, where the file leaves these to them. */
export function withImages(
  services: readonly WrittenService[],
  project: string,
  imagesHere: (names: readonly string[]) => ReadonlyMap<string, ImageFacts>,
): SeenService[] {
  const lacking = services.filter(lacksSomething);
  const here = imagesHere(lacking.flatMap((service) => imagesOf(project, service)));
  return services.map((service) => {
    if (!lacking.includes(service)) return { ...service, unseen: false };
    const image = imagesOf(project, service).find((name) => here.has(name));
    const facts = image === undefined ? undefined : here.get(image);
    if (facts === undefined) return { ...service, unseen: true };
    return { ...service, raw: withInherited(service.raw, facts), unseen: false };
  });
}

function lacksSomething({ raw }: WrittenService): boolean {
  return raw.healthcheck?.test === undefined || raw.ports === undefined;
}

/** As it is named, or as versions 2 and 1 of compose call what they have built. */
function imagesOf(project: string, { name, raw }: WrittenService): string[] {
  return raw.image === undefined ? [`${project}-${name}`, `${project}_${name}`] : [raw.image];
}

function withInherited(raw: RawService, { healthcheck, ports }: ImageFacts): RawService {
  const own = raw.healthcheck;
  const off = own?.disable === true || own?.test !== undefined;
  const check = healthcheck === null || off ? own : { ...asWritten(healthcheck), ...given(own) };
  return {
    ...raw,
    ...(raw.expose === undefined && ports.length > 0 ? { expose: [...ports] } : {}),
    ...(check === undefined ? {} : { healthcheck: check }),
  };
}

/** Only the keys that say something. */
function given(check: RawHealthcheck | undefined): Partial<RawHealthcheck> {
  return Object.fromEntries(Object.entries(check ?? {}).filter(([, value]) => value !== undefined));
}

function asWritten(check: Healthcheck): RawHealthcheck {
  return {
    test: "command" in check.test ? ["CMD", ...check.test.command] : ["NONE"],
    interval: check.intervalMs,
    timeout: check.timeoutMs,
    retries: check.retries,
    start_period: check.startPeriodMs,
  };
}

/** Of a service whose image is not here: what it has is not known. */
export function unseen(spec: ReplicaSpec): ReplicaSpec {
  return spec.container === null
    ? spec
    : { ...spec, container: { ...spec.container, unseen: true } };
}
