import { constants } from "node:os";
import { z } from "zod";
import { didYouMean } from "../kit/suggest.ts";
import { parseDuration } from "../kit/units.ts";
import { splitWords } from "./words.ts";

/** A text that `read` turns into something, or says why not. */
export function readable<T>(
  what: string,
  read: (text: string) => T | undefined,
  hintFor?: (text: string) => string,
) {
  return z.string().transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    const params = hintFor === undefined ? {} : { hint: hintFor(text) };
    context.addIssue({ code: "custom", message: `expected ${what}, got "${text}"`, params });
    return z.NEVER;
  });
}

/** A compose duration (`1m30s`) in ms. */
export const duration = readable(
  "a duration with its unit, such as 10s or 1m30s",
  parseDuration,
  (text) =>
    /^\d+$/.test(text) ? `write "${text}s" or "${text}ms"` : "units are us, ms, s, m and h",
);

/** A whole number, also as the text that a filled in variable is. */
export const count = z.union([z.int().min(0), readable("a whole number", wholeNumber)]);

/** A port number. */
export const port = z.union([z.int().min(1).max(65_535), readable("a port number", portNumber)]);

/** true or false, also as text. */
export const flag = z.union([
  z.boolean(),
  readable("true or false", (text) => (/^(true|false)$/.test(text) ? text === "true" : undefined)),
]);

/** What may stand for a text in an environment: numbers and booleans are written out. */
export const scalarText = z
  .union([z.string(), z.number(), z.boolean()])
  .transform((value) => String(value));

/** A program and its arguments, as a list or as a line that is split without a shell. */
export const commandLine = z.union([
  z.array(z.union([z.string(), z.number()]).transform(String)).min(1),
  z.string().transform((text, context): string[] => {
    const words = splitWords(text);
    if (Array.isArray(words)) return words;
    context.addIssue({ code: "custom", message: words.message, params: { hint: words.hint } });
    return z.NEVER;
  }),
]);

const SIGNALS = Object.keys(constants.signals);

/** A signal by name, with or without SIG, or by number. */
export const signalName = z
  .union([z.string(), z.int().transform(String)])
  .transform((text, context): string => {
    const byNumber = Object.entries(constants.signals).find(
      ([, number]) => String(number) === text,
    );
    const name = byNumber?.[0] ?? (text.startsWith("SIG") ? text : `SIG${text}`);
    if (SIGNALS.includes(name)) return name;
    context.addIssue({
      code: "custom",
      message: `expected a signal, got "${text}"`,
      params: { hint: didYouMean(name, SIGNALS) },
    });
    return z.NEVER;
  });

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function portNumber(text: string): number | undefined {
  const value = wholeNumber(text);
  return value !== undefined && value >= 1 && value <= 65_535 ? value : undefined;
}
