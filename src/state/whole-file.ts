import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file so that readers see the old text or the new one, never a part, whatever happens to us or to the machine.
 * `draft` is a free name in the same directory. Throws what the file system throws.
 */
export function writeWhole(path: string, draft: string, text: string): void {
  const file = openSync(draft, "wx", 0o600);
  try {
    try {
      writeSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

/** Makes the names in a directory durable: a new file may otherwise be gone after a power loss, though its content was synced. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  try {
    fsyncSync(handle);
  } catch {
    // Some file systems refuse to sync a directory; there is no second way.
  } finally {
    closeSync(handle);
  }
}

/** The `code` of a file system error (`ENOENT`), or an empty string. */
export function errnoOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === "string" ? code : "";
}
