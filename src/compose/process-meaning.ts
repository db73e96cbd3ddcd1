import { ProblemsError } from "../kit/problem.ts";
import { readYaml } from "../kit/source.ts";

/** Does this file, mistakes and all, mean its services to be plain processes? Then its mistakes are ours to tell, and not Docker's. */
export function meansProcesses(text: Uint8Array | string): boolean {
  const services = Object.values(Object(dataOf(text)).services ?? {});
  return services.length > 0 && services.every((service) => isProcess(service, services));
}

function isProcess(service: unknown, all: readonly unknown[]): boolean {
  const { "x-aegis": aegis, extends: base } = Object(service);
  return Object(aegis).process !== undefined || (base !== undefined && all.some(hasProcess));
}

function hasProcess(service: unknown): boolean {
  return Object(Object(service)["x-aegis"]).process !== undefined;
}

function dataOf(text: Uint8Array | string): unknown {
  try {
    return readYaml(text, "").data;
  } catch (thrown) {
    if (thrown instanceof ProblemsError) return null;
    throw thrown;
  }
}
