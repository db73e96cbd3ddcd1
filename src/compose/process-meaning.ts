import { ProblemsError } from "../kit/problem.ts";
import { readYaml } from "../kit/source.ts";

/**
 * Does this file, mistakes and all, mean its services to be plain processes? Then its mistakes are ours to tell, and not
 * Docker's. Throws ProblemsError where that cannot be known: nothing that may be a process becomes a container unasked.
 */
export function meansProcesses(text: Uint8Array | string, file: string): boolean {
  const services = Object.values(Object(dataOf(text, file)).services ?? {});
  return services.length > 0 && services.every((service) => isProcess(service, services));
}

function isProcess(service: unknown, all: readonly unknown[]): boolean {
  const { "x-aegis": aegis, extends: base } = Object(service);
  return Object(aegis).process !== undefined || (base !== undefined && all.some(hasProcess));
}

function hasProcess(service: unknown): boolean {
  return Object(Object(service)["x-aegis"]).process !== undefined;
}

/** One that cannot be read and has no key of ours is Docker's alone. */
function dataOf(text: Uint8Array | string, file: string): unknown {
  try {
    return readYaml(text, file).data;
  } catch (thrown) {
    if (thrown instanceof ProblemsError && !namesAegis(text)) return null;
    throw thrown;
  }
}

/** In any encoding: of the wider ones only zero bytes stand between the letters. */
function namesAegis(text: Uint8Array | string): boolean {
  const bytes = typeof text === "string" ? text : Buffer.from(text).toString("latin1");
  return bytes.replaceAll("\0", "").includes("x-aegis");
}
