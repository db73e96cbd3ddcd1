import { type ChildProcess, spawn } from "node:child_process";
import { TOKEN_VARIABLE } from "./sweep.ts";

/**
 * Reads `+ GROUP` and `- GROUP` from the supervisor; when that pipe ends, so has the supervisor, and every group still
 * listed is killed, stopped ones too. Where there is a /proc, so is whatever has left its group: it carries the mark.
 */
const SCRIPT = `
trap '' INT TERM HUP
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) case $groups in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -9 "-$group" 2>/dev/null; done
if [ -r /proc/self/environ ]; then
  for round in 1 2 3 4 5; do
    found=$(grep -lsF -- "$1" /proc/[0-9]*/environ)
    [ -n "$found" ] || exit 0
    for file in $found; do
      pid=\${file#/proc/}
      kill -9 "\${pid%%/*}" 2>/dev/null
    done
  done
fi
`;

/** A process whose only task is to outlive the supervisor by a moment and take its process groups with it. */
export interface Watchdog {
  /** From now on the group dies with us. */
  add(group: number): void;
  /** The group has ended. */
  drop(group: number): void;
  /** Lets the watchdog end, after all groups have. */
  close(): void;
}

/** Starts the watchdog, and starts it again should anybody kill it. */
export function startWatchdog(token: string): Watchdog {
  const groups = new Set<number>();
  let closed = false;
  let guard: ChildProcess;
  const tell = (line: string): void => {
    guard.stdin?.write(`${line}\n`);
  };
  const launch = (): void => {
    guard = spawn("/bin/sh", ["-c", SCRIPT, "aegis-watchdog", `${TOKEN_VARIABLE}=${token}`], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
      cwd: "/",
    });
    guard.stdin?.on("error", () => undefined);
    guard.once("error", () => undefined);
    guard.once("exit", () => {
      if (!closed) launch();
    });
    for (const group of groups) tell(`+ ${group}`);
  };
  launch();
  return {
    add: (group) => {
      groups.add(group);
      tell(`+ ${group}`);
    },
    drop: (group) => {
      groups.delete(group);
      tell(`- ${group}`);
    },
    close: () => {
      closed = true;
      guard.stdin?.end();
    },
  };
}
