import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** The JSON in a file; null when it is missing or torn. */
export function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return null;
  }
}

/** Replaces a file at once: a reader sees the old text or the new, never half. */
export function writeJson(path: string, value: unknown): void {
  const next = `${path}.next`;
  writeFileSync(next, `${JSON.stringify(value)}\n`, { mode: 0o600 });
  renameSync(next, path);
}
