import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import process from "node:process";
import { dockerApi, unlessMissing } from "./api.ts";
import { crashProcess } from "./crash.ts";
import { persistentDuties } from "./duties.ts";
import { LeaseTable, type SavedLeases } from "./lease-table.ts";
import { type Patience, persist } from "./persist.ts";
import { isRequest, messageReader, Refusal, type Reply, type Request } from "./wire.ts";

/*
 * The program of a helper container. Its owner talks to it over the attached stdin and stdout; when the owner is gone, or
 * says nothing for too long, it undoes what is held, and then removes its own container. Started again (by the daemon after
 * its own restart, or by whoever finds it stopped) it finishes what it had begun: nobody can renew those leases any more.
 */

const SOCKET = "/var/run/docker.sock";
const FILE = "/aegis/leases.json";
/** Somebody who had nothing to say for so long, and holds nothing, is gone without a trace. */
const IDLE_MS = 600_000;
/** Through a socket that is mounted, a daemon that is back behind a new one is never reached again: a restart mounts the new one. */
const UNREACHABLE_MS = 2_000;
/** At SIGTERM. Docker kills after ten seconds. */
const LAST_TRY_MS = 5_000;

const [self = ""] = process.argv.slice(2);
const api = dockerApi(SOCKET);
let isTerminated = false;
let unreachableSince: number | null = null;

const patience: Patience = {
  reached: (is) => {
    if (is) unreachableSince = null;
    else unreachableSince ??= performance.now();
    const isLost =
      unreachableSince !== null && performance.now() - unreachableSince > UNREACHABLE_MS;
    if (isLost) process.exit(1);
  },
  isOver: () => isTerminated,
  log,
};

const table = new LeaseTable({
  ...persistentDuties(api, patience, (container, pid) =>
    crashProcess(container, pid, process.kill),
  ),
  save,
  expired: (lease) => {
    log(`the lease ${lease} has run out`);
    say({ ended: lease });
  },
  done: () => {
    if (table.size === 0) void leave();
  },
});

let leaving: Promise<void> | null = null;

/** Ends all leases and then ourselves. */
function leave(): Promise<void> {
  leaving ??= table.expireAll().then(removeSelf);
  return leaving;
}

/** The removal kills us. */
async function removeSelf(): Promise<void> {
  const path = `/containers/${encodeURIComponent(self)}?force=1&v=1`;
  await persist(() => unlessMissing(api.call("DELETE", path)), patience).catch((thrown) => {
    log(`cannot remove ${self}: ${thrown.message}`);
  });
}

async function answer({ call, params, id }: Request): Promise<void> {
  try {
    if (leaving !== null) throw new Refusal("ended", "about to leave");
    switch (call) {
      case "open":
        table.open(params);
        break;
      case "renew":
        table.renew(params.lease);
        break;
      case "release":
        await table.release(params.lease);
        break;
      case "hold":
        table.hold(params.lease, params.undo);
        break;
      case "free":
        table.free(params.key, params.undo);
        break;
      case "crash":
        crashProcess(params.container, params.pid, process.kill);
        break;
    }
    say({ id, ok: true });
  } catch (thrown) {
    const code = thrown instanceof Refusal ? thrown.code : "failed";
    say({ id, error: { code, message: (thrown as Error).message } });
  }
}

function listen(): void {
  let heardAt = performance.now();
  const read = messageReader<Request>(isRequest, (message) => void answer(message));
  process.stdin.on("data", (chunk: Buffer) => {
    heardAt = performance.now();
    read(chunk);
  });
  process.stdin.on("end", () => void leave());
  process.stdin.on("error", () => void leave());
  setInterval(() => {
    if (table.size === 0 && performance.now() - heardAt > IDLE_MS) void leave();
  }, IDLE_MS / 10);
}

function say(reply: Reply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

function log(line: string): void {
  process.stderr.write(`${new Date().toISOString()} ${line}\n`);
}

/** What is answered as done survives a crash of the machine. */
function save(leases: SavedLeases): void {
  const file = openSync(`${FILE}.new`, "w");
  writeSync(file, JSON.stringify(leases));
  fsyncSync(file);
  closeSync(file);
  renameSync(`${FILE}.new`, FILE);
}

process.on("SIGUSR2", () => void leave());
process.on("SIGTERM", () => {
  isTerminated = true;
  const exit = (): never => process.exit(0);
  setTimeout(exit, LAST_TRY_MS);
  leave().then(exit, exit);
});

if (existsSync(FILE)) {
  table.adopt(JSON.parse(readFileSync(FILE, "utf8")) as SavedLeases);
  log(`started again with ${table.size} leases to end`);
  void leave();
} else {
  save([]);
  listen();
  say({ ready: true });
}
