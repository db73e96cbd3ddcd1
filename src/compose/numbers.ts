import type { WrittenService } from "./raw-services.ts";
import { scaleOf } from "./replica-specs.ts";

/** Numbers of containers, ascending, by compose service. */
export type Numbers = ReadonlyMap<string, readonly number[]>;

/** What is known of a project's containers. */
export interface KnownNumbers {
  /** Of those that are there. */
  readonly there: Numbers;
  /** Of those that aegis knew when it last used the project: a replica may be gone that it still has to bring back. */
  readonly before: readonly Numbers[];
}

/**
 * Services with the numbers of their containers. Compose gives a new container the number after the highest, so that
 * those of a service whose container was removed by hand are no longer 1 to n.
 */
export function withNumbers<Service extends WrittenService>(
  services: readonly Service[],
  { there, before }: KnownNumbers,
): Service[] {
  if (there.size === 0) return [...services];
  return services.map((service) => {
    const of = (numbers: Numbers): readonly number[] => numbers.get(service.name) ?? [];
    return { ...service, numbers: numbersOf(scaleOf(service), of(there), before.map(of)) };
  });
}

/** The ones known before, else 1 to n, unless there are others; else those that there are, and what compose adds to them. */
function numbersOf(
  scale: number,
  there: readonly number[],
  before: readonly (readonly number[])[],
): readonly number[] {
  const upTo = (length: number, after = 0): number[] =>
    Array.from({ length }, (_, index) => after + index + 1);
  const known = [...before, upTo(scale)].find(
    (numbers) => numbers.length === scale && there.every((number) => numbers.includes(number)),
  );
  const added = upTo(Math.max(0, scale - there.length), there.at(-1));
  return known ?? [...there, ...added].slice(0, scale);
}
