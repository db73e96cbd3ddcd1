import { accessSync, constants, existsSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf } from "../../kit/errors.ts";
import type { World } from "../../kit/world.ts";
import type { MachineCheck } from "./machine-check.ts";

const LITTLE_BYTES = 200 * 2 ** 20;

/** Where locks and ledgers are kept, and where runs would be: can they be written, and is there room? */
export function checkState({ stateHome, cwd }: World): MachineCheck[] {
  return [
    checkDirectory(
      "state directory",
      stateHome,
      "Set AEGIS_HOME to a directory that you can write to.",
    ),
    checkDirectory(
      "run directories",
      join(cwd, ".aegis", "runs"),
      "Run aegis in a directory that you can write to, or give one with --out.",
    ),
  ];
}

function checkDirectory(what: string, path: string, hint: string): MachineCheck {
  const there = existing(path);
  try {
    accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK);
    rmSync(mkdtempSync(join(there, ".aegis-check-")), { recursive: true });
    const { bavail, bsize } = statfsSync(there);
    const free = bavail * bsize;
    const says = `${path}, ${mebibytes(free)} free`;
    if (free >= LITTLE_BYTES) return { status: "ok", what, says, hint: null };
    return { status: "warning", what, says, hint: "Free some space: a journal can take 100 MiB." };
  } catch (thrown) {
    return { status: "bad", what, says: `${path}: ${messageOf(thrown)}`, hint };
  }
}

/** The path, or the nearest directory above it that is there. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}

function mebibytes(bytes: number): string {
  const mib = bytes / 2 ** 20;
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${Math.floor(mib)} MiB`;
}
