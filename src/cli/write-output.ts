import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AegisError, messageOf } from "../kit/errors.ts";

/** Writes a file the user asked for, with its directory. Throws ENVIRONMENT when it cannot be written. */
export function writeOutput(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (thrown) {
    throw new AegisError("ENVIRONMENT", `cannot write ${file}: ${messageOf(thrown)}`, {
      cause: thrown,
    });
  }
}
