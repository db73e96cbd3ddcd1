import { AegisError } from "../src/kit/errors.ts";

type Env = Readonly<Record<string, string | undefined>>;

interface Range {
  readonly min: number;
  readonly max: number;
}

/** A whole number from the environment, `fallback` when it is absent or empty. Throws INVALID_INPUT with the range. */
export function wholeNumber(env: Env, name: string, fallback: number, range: Range): number {
  return numberIn(env, name, fallback, { ...range, form: /^\d+$/, what: "a whole number" });
}

/** A number such as `3` or `0.05` from the environment, `fallback` when it is absent or empty. Throws INVALID_INPUT with the range. */
export function decimalNumber(env: Env, name: string, fallback: number, range: Range): number {
  return numberIn(env, name, fallback, { ...range, form: /^\d+(\.\d+)?$/, what: "a number" });
}

function numberIn(
  env: Env,
  name: string,
  fallback: number,
  { min, max, form, what }: Range & { readonly form: RegExp; readonly what: string },
): number {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (form.test(text) && value >= min && value <= max) return value;
  throw new AegisError(
    "INVALID_INPUT",
    `${name} must be ${what} from ${min} to ${max}, got "${text}"`,
  );
}

/** A port from the environment; 0 asks the system for a free one. */
export function portNumber(env: Env, name: string, fallback: number): number {
  return wholeNumber(env, name, fallback, { min: 0, max: 65_535 });
}

/** Milliseconds from the environment, at most ten minutes. */
export function milliseconds(env: Env, name: string, fallback: number): number {
  return wholeNumber(env, name, fallback, { min: 0, max: 600_000 });
}

/** `on` or `off` from the environment. */
export function onOrOff(env: Env, name: string, fallback: "on" | "off"): boolean {
  const text = env[name] || fallback;
  if (text === "on" || text === "off") return text === "on";
  throw new AegisError("INVALID_INPUT", `${name} must be "on" or "off", got "${text}"`);
}
