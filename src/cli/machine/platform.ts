import { execFile } from "node:child_process";
import { release } from "node:os";
import { promisify } from "node:util";
import { messageOf } from "../../kit/errors.ts";
import type { World } from "../../kit/world.ts";
import type { MachineCheck } from "./machine-check.ts";

const OLDEST = [20, 19] as const;

/** Can the Node that runs us be started again (supervisor, replicas), and is it new enough? */
export async function checkNode({ execPath }: World): Promise<MachineCheck> {
  const what = "Node";
  try {
    const { stdout } = await promisify(execFile)(execPath, ["--version"]);
    const version = stdout.trim();
    const [major = 0, minor = 0] = version.slice(1).split(".").map(Number);
    const enough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
    if (enough) return { status: "ok", what, says: `${version} (${execPath})`, hint: null };
    const hint = `Install Node ${OLDEST.join(".")} or newer.`;
    return { status: "bad", what, says: `${version} is too old`, hint };
  } catch (thrown) {
    const hint = "Install Node again, or check who may run it.";
    return { status: "bad", what, says: `${execPath}: ${messageOf(thrown)}`, hint };
  }
}

/** Linux first, macOS as far as it goes. */
export function checkPlatform({ platform }: World): MachineCheck {
  const what = "platform";
  const says = `${platform} ${release()}`;
  if (platform === "linux") return { status: "ok", what, says, hint: null };
  if (platform === "darwin") {
    const hint = "Everything works on Linux; on macOS what rests on /proc is less exact.";
    return { status: "warning", what, says, hint };
  }
  return { status: "bad", what, says: `${says} is not supported`, hint: "Use Linux or macOS." };
}
