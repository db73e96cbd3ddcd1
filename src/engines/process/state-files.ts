import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { AegisError } from "../../kit/errors.ts";
import type { ProcessIdentity } from "../../kit/process-identity.ts";

/** Where one project's supervisor keeps what others must find. */
export interface StateFiles {
  /** SupervisorRecord of the one that runs, or died without cleaning up. */
  readonly record: string;
  /** Recorded process groups, ProcessIdentity each, to be swept should the supervisor die. */
  readonly groups: string;
  /** The stack it runs. */
  readonly spec: string;
  readonly log: string;
  readonly socket: string;
  /** `SERVICE.json`: where forwarders find their members. */
  readonly members: string;
  /** Captured output. */
  readonly logs: string;
}

/** Who the supervisor is. */
export interface SupervisorRecord extends ProcessIdentity {
  /** In the environment of everything it starts, as AEGIS_SUPERVISOR: how the descendants of a dead one are known. */
  readonly token: string;
}

/** sun_path holds 104 bytes on macOS, 108 on Linux, with a terminating zero. */
const LONGEST_SOCKET_PATH = 100;

/** The files of a project by its state directory. Nothing is created. */
export function stateFiles(stateDirectory: string): StateFiles {
  const at = (name: string): string => join(stateDirectory, name);
  return {
    record: at("supervisor.json"),
    groups: at("groups.json"),
    spec: at("spec.json"),
    log: at("supervisor.log"),
    socket: socketPath(stateDirectory),
    members: at("members"),
    logs: at("logs"),
  };
}

/** Below the state directory; where that path is too long for a socket, in a private directory of ours in the OS's temporary one. */
export function socketPath(stateDirectory: string): string {
  const path = join(stateDirectory, "supervisor.sock");
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return path;
  const hash = createHash("sha256").update(stateDirectory).digest("hex").slice(0, 16);
  return join(tmpdir(), `aegis-${userInfo().uid}`, `${hash}.sock`);
}

/** Makes sure that the socket's directory is there and nobody else's. Throws ENVIRONMENT when it is not ours alone. */
export function preparePrivateDirectory(socket: string): void {
  const directory = dirname(socket);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const stat = lstatSync(directory);
  if (!stat.isDirectory() || stat.uid !== userInfo().uid || (stat.mode & 0o077) !== 0) {
    throw new AegisError("ENVIRONMENT", `${directory} is not a private directory of yours`, {
      hint: `it must belong to you with mode 0700: chmod 700 ${directory}`,
    });
  }
}

/** Removes every trace of a supervisor, but for the log of one that died. */
export function removeStateFiles(files: StateFiles, keepLog: boolean): void {
  const { record, groups, spec, log, socket, members, logs } = files;
  for (const path of [socket, members, logs, spec, groups, record]) {
    rmSync(path, { recursive: true, force: true });
  }
  if (!keepLog) rmSync(log, { force: true });
}
