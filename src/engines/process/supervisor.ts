import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import process from "node:process";
import { Commands } from "./commands.ts";
import { Fleet } from "./fleet.ts";
import { createGroupRecord } from "./group-record.ts";
import { createHandlers, putBack } from "./handlers.ts";
import { Leases } from "./leases.ts";
import { type ControlServer, serve } from "./server.ts";
import { preparePrivateDirectory, removeStateFiles, stateFiles } from "./state-files.ts";
import { claimRecord } from "./supervisor-record.ts";
import { killMarked } from "./sweep.ts";
import { startWatchdog } from "./watchdog.ts";

/** Whoever started us should have something to ask by then. */
const FIRST_CLIENT_MS = 10_000;

/** Runs one project until it is taken down. Arguments: state directory, project, package root. */
async function supervise(
  stateDirectory: string,
  project: string,
  packageRoot: string,
): Promise<void> {
  const files = stateFiles(stateDirectory);
  const token = randomBytes(16).toString("hex");
  preparePrivateDirectory(files.socket);
  if (!claimRecord(files.record, process.pid, token)) return;
  rmSync(files.socket, { force: true });

  const now = (): number => Number(process.hrtime.bigint() / 1000n);
  const watchdog = startWatchdog(token);
  const fleet = new Fleet({
    project,
    files,
    packageRoot,
    token,
    now,
    execPath: process.execPath,
    env: { ...process.env },
    groups: createGroupRecord(files.groups, watchdog),
  });
  const leaving = new AbortController();
  const goingDown = new AbortController();
  const announceDown = (): void => {
    if (goingDown.signal.aborted) return;
    goingDown.abort();
    server.announceLeaving();
  };
  const leave = (): void => {
    if (leaving.signal.aborted) return;
    announceDown();
    leaving.abort();
    setImmediate(() => void exit());
  };
  const exit = async (): Promise<void> => {
    killMarked(token, process.pid);
    watchdog.close();
    await server.close();
    removeStateFiles(files, false);
    process.exit(0);
  };
  const commands = new Commands();
  const leases = new Leases({
    putBack: (key, before) => putBack(fleet, key, before),
    undo: (held) => commands.undo(fleet, held),
    willGoDown: announceDown,
    goDown: () => void handlers.down(null, nobody),
    ended: () => leaveIfIdle(),
  });
  const handlers = createHandlers({
    project,
    fleet,
    leases,
    commands,
    now,
    leave,
    leaving: leaving.signal,
    goingDown: goingDown.signal,
    announceDown,
  });
  const leaveIfIdle = (): void => {
    if (server.clients === 0 && fleet.stack === null && !leases.any) leave();
  };
  const server: ControlServer = await serve(files.socket, handlers, () => leaveIfIdle());
  setTimeout(leaveIfIdle, FIRST_CLIENT_MS);
  process.on("SIGTERM", () => void handlers.down(null, nobody));
  process.on("SIGINT", () => undefined);
  process.on("SIGHUP", () => undefined);
}

/** The context of a call that no client made. */
const nobody = {
  signal: new AbortController().signal,
  send: () => undefined,
  drained: () => Promise.resolve(),
};

const [stateDirectory = "", project = "", packageRoot = ""] = process.argv.slice(2);
await supervise(stateDirectory, project, packageRoot);
