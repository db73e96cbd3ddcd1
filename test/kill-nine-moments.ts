import { createHash } from "node:crypto";
import { type Course, type Death, killAt, type Moment } from "./kill-nine.ts";

/** A number in 0..1 that depends on nothing but these words. */
function drawn(...words: readonly (string | number)[]): number {
  return createHash("sha256").update(words.join(" ")).digest().readUInt32BE() / 2 ** 32;
}

/** `count` moments of a run: at these kinds of line first, the rest at any time. */
export function moments(
  seed: string,
  { lines, startUpMs }: Course,
  kinds: readonly string[],
  count: number,
): readonly Moment[] {
  const atLines = kinds.map((kind): Moment => ({ at: "line", kind }));
  const atTimes = Array.from({ length: Math.max(0, count - kinds.length) }, (_, n): Moment => {
    const share = drawn(seed, n, "share");
    const delay = drawn(seed, n, "delay");
    // One in ten while aegis and the stack start; never so late that the run may have ended.
    if (n % 10 === 9) return { at: "time", lines: 0, delayMs: Math.round(delay * startUpMs) };
    const after = 1 + Math.floor(share * 0.8 * (lines - 1));
    return { at: "time", lines: after, delayMs: Math.round(delay * 50) };
  });
  return [...atLines, ...atTimes].slice(0, count);
}

/** The same list in an order that the seed decides. */
export function shuffled(seed: string, list: readonly string[]): readonly string[] {
  return [...list].sort((a, b) => drawn(seed, a) - drawn(seed, b));
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
