import type { ProblemList } from "../kit/problem-list.ts";
import type { YamlSource } from "../kit/source.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { WrittenService } from "./raw-services.ts";

/** Dependencies on services that do not exist, that are switched off by a profile, or that wait for each other. As in compose, one that is not required may be missing. */
export function checkDependencies(
  source: YamlSource,
  services: readonly WrittenService[],
  active: readonly WrittenService[],
  problems: ProblemList,
): void {
  const names = services.map(({ name }) => name);
  const activeNames = active.map(({ name }) => name);
  for (const { name, raw, writtenIn } of active) {
    for (const [target, { required }] of Object.entries(raw.depends_on ?? {})) {
      if (!required) continue;
      const path = placeOf(source, writtenIn, name, target);
      if (!names.includes(target)) {
        const message = `depends on "${target}", which is no service`;
        problems.add({ source, path, message, hint: didYouMean(target, names), at: "value" });
      } else if (!activeNames.includes(target)) {
        const profile = services.find((service) => service.name === target)?.raw.profiles?.[0];
        const message = `depends on "${target}", whose profile is not active`;
        problems.add({ source, path, message, hint: `add --profile ${profile}` });
      }
    }
  }
  for (const cycle of cycles(active)) {
    const [first = "", second = ""] = cycle;
    const service = active.find(({ name }) => name === first) as WrittenService;
    const path = placeOf(source, service.writtenIn, first, second);
    const message = `services wait for each other: ${cycle.join(" -> ")}`;
    problems.add({ source, path, message, hint: "remove one of these dependencies" });
  }
}

/** Where the dependency stands, as a list's item or a map's key. */
function placeOf(
  source: YamlSource,
  writtenIn: readonly string[],
  name: string,
  target: string,
): (string | number)[] {
  const { services } = source.data as { services: Record<string, { depends_on?: unknown }> };
  for (const service of writtenIn) {
    const declared = services[service]?.depends_on;
    const index = Array.isArray(declared) ? declared.indexOf(target) : -1;
    if (index !== -1) return ["services", service, "depends_on", index];
    if (Object.hasOwn(Object(declared), target)) return ["services", service, "depends_on", target];
  }
  return ["services", name];
}

/** Each cycle once, from its first service in the order of the file. */
function cycles(services: readonly WrittenService[]): string[][] {
  const targets = new Map(
    services.map(({ name, raw }) => [name, Object.keys(raw.depends_on ?? {})]),
  );
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name);
    if (start !== -1) {
      found.push([...path.slice(start), name]);
      return;
    }
    if (done.has(name)) return;
    for (const target of targets.get(name) ?? []) visit(target, [...path, name]);
    done.add(name);
  };
  for (const { name } of services) visit(name, []);
  return found;
}
