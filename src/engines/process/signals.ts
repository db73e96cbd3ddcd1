import { constants } from "node:os";
import { kill } from "node:process";
import { AegisError } from "../../kit/errors.ts";

/** Signals one process. False when there is none. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return kill(pid, signal);
  } catch {
    return false;
  }
}

/** Signals every process of the group. False when the group is empty. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  return signalProcess(-group, signal);
}

/** `TERM`, `SIGTERM` and `15` as Node names it. Throws INVALID_INPUT for what this platform does not know. */
export function toSignal(text: string): NodeJS.Signals {
  const upper = text.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  const known = Object.entries(constants.signals);
  const found = known.find(([signal, code]) => signal === name || String(code) === text);
  if (found === undefined) {
    throw new AegisError("INVALID_INPUT", `unknown stop signal "${text}"`, {
      hint: "use a name such as SIGTERM or SIGINT",
    });
  }
  return found[0] as NodeJS.Signals;
}
