import { z } from "zod";
import { formatDuration, parseDuration } from "../kit/units.ts";

/** Of kinds that have nothing to set. */
export const noParams = z.strictObject({});

/** A duration with its unit (`10s`), parsed to milliseconds; `fallback` (also as a user writes it) when absent. */
export function duration(fallback: string, bounds: { readonly min: number; readonly max: number }) {
  return z
    .string({ error: "expected a duration with its unit, such as 10s or 250ms" })
    .default(fallback)
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms === undefined) {
        context.addIssue({
          code: "custom",
          message: `expected a duration with its unit, such as 10s or 250ms; got ${JSON.stringify(text)}`,
        });
        return z.NEVER;
      }
      if (ms < bounds.min || ms > bounds.max) {
        context.addIssue({
          code: "custom",
          message: `expected ${formatDuration(bounds.min)} to ${formatDuration(bounds.max)}; got ${text}`,
        });
        return z.NEVER;
      }
      return ms;
    });
}

/** A command as a list of words, or as a text that is split at spaces (quotes hold words together; there is no shell). */
export const command = z.union(
  [
    z.array(z.string()).min(1, { error: "expected a command; got an empty list" }),
    z.string().transform((text, context) => {
      const words = wordsOf(text);
      if (words !== null && words.length > 0) return words;
      context.addIssue({
        code: "custom",
        message:
          words === null
            ? `expected every quote to be closed; got ${text}`
            : "expected a command; got an empty text",
      });
      return z.NEVER;
    }),
  ],
  { error: "expected a command: a list of words, or a text of words" },
);

/** The words of a command line: quotes and backslashes as in a shell, and nothing else of it. null: a quote is left open. */
export function wordsOf(text: string): string[] | null {
  const words: string[] = [];
  const pattern = /\s+|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/gsy;
  let word: string | null = null;
  let end = 0;
  for (const match of text.matchAll(pattern)) {
    end = match.index + match[0].length;
    const [, single, double, escaped, plain] = match;
    const part = single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ?? plain;
    if (part !== undefined) {
      word = (word ?? "") + part;
    } else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  if (end !== text.length) return null;
  return word === null ? words : [...words, word];
}
