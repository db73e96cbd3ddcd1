import { createHash } from "node:crypto";
import { type Course, type Death, killAt, type Moment } from "./kill-nine.ts";

/** A number in 0..1 that depends on nothing but these words. */
function drawn(...words: readonly (string | number)[]): number {
  return createHash("sha256").update(words.join(" ")).digest().readUInt32BE() / 2 ** 32;
}

/** `count` moments: these first, the rest at any time of a run. */
export function moments(
  seed: string,
  { length, startUpMs }: Course,
  first: readonly Moment[],
  count: number,
): readonly Moment[] {
  const others = Array.from({ length: Math.max(0, count - first.length) }, (_, n): Moment => {
    const share = drawn(seed, n, "share");
    const delay = drawn(seed, n, "delay");
    // One in ten while aegis and the stack start; never so late that the run may have ended.
    if (n % 10 === 9) return { at: "time", lines: 0, delayMs: Math.round(delay * startUpMs) };
    const after = 1 + Math.floor(share * 0.8 * (length - 1));
    return { at: "time", lines: after, delayMs: Math.round(delay * 50) };
  });
  return [...first, ...others].slice(0, count);
}

/** The same list in an order that the seed decides. */
export function shuffled<T>(seed: string, list: readonly T[]): readonly T[] {
  const rank = (one: T): number => drawn(seed, JSON.stringify(one));
  return [...list].sort((a, b) => rank(a) - rank(b));
}

/** Kills at each moment, some at a time: stack up or down before, cleaned by itself or by `heal`, in turn. */
export async function killAll(list: readonly Moment[], atOnce: number): Promise<readonly Death[]> {
  const deaths: Death[] = [];
  const left = [...list.entries()];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [index, moment] = next;
      deaths.push(await killAt(moment, { up: index % 2 === 0, heal: index % 4 < 2 }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return deaths;
}
