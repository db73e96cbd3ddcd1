import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { messageOf } from "../../kit/errors.ts";
import type { MachineCheck } from "./machine-check.ts";

/** A connection per request under way and a few per replica: below this a frozen stack at a high rate runs out of them. */
const ENOUGH = 4096;

/** The limit of open files that our children inherit. */
export async function checkLimits(): Promise<MachineCheck> {
  const what = "open files";
  try {
    const { stdout } = await promisify(execFile)("sh", ["-c", "ulimit -n"]);
    const limit = stdout.trim() === "unlimited" ? Number.POSITIVE_INFINITY : Number(stdout);
    const says = `at most ${stdout.trim()}`;
    if (limit >= ENOUGH) return { status: "ok", what, says, hint: null };
    const hint = `Raise it for high rates: ulimit -n ${ENOUGH}`;
    return { status: "warning", what, says, hint };
  } catch (thrown) {
    return { status: "warning", what, says: `not known: ${messageOf(thrown)}`, hint: null };
  }
}
