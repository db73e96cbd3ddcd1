import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Who listens on the port, as `node server.js (pid 4711)`; null when that cannot be told (not Linux, another user's). */
export function holderOf(port: number): string | null {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return null;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    if (!openSockets(pid).some((inode) => inodes.has(inode))) continue;
    const command = readOrEmpty(`/proc/${pid}/cmdline`).split("\0").join(" ").trim();
    return `${command.slice(0, 120)} (pid ${pid})`;
  }
  return null;
}

/** proc_net_tcp(5): local address in field 1 as HEX:PORT, state 0A is LISTEN, inode in field 9. */
function listeningInodes(port: number): Set<string> {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((path) => readOrEmpty(path).split("\n"));
  const inodes = rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) && fields[3] === "0A")
    .map((fields) => fields[9] as string);
  return new Set(inodes);
}

function openSockets(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => socketInode(`/proc/${pid}/fd/${fd}`));
  } catch {
    return [];
  }
}

function socketInode(path: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.[1] ?? "";
  } catch {
    return "";
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
