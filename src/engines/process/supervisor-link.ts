import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AegisError } from "../../kit/errors.ts";
import { isAlive, type ProcessIdentity } from "../../kit/process-identity.ts";
import type { World } from "../../kit/world.ts";
import type { Stack } from "../../model/stack.ts";
import { readJson } from "../json-file.ts";
import { createTurns } from "../turns.ts";
import { type Connection, openConnection } from "./connection.ts";
import { GoneError, goneError, PROTOCOL } from "./protocol.ts";
import { signalProcess } from "./signals.ts";
import type { StateFiles, SupervisorRecord } from "./state-files.ts";
import { livingSupervisor, sweep } from "./sweep.ts";
import { type TimeLimits, timeLimits } from "./time-limits.ts";

/** Where a project's supervisor is looked for. */
export interface LinkOptions {
  readonly stack: Stack;
  readonly stateDirectory: string;
  readonly files: StateFiles;
  readonly world: World;
}

const PATIENCE_MS = 10_000;
const RETRY_MS = 10;

/** A supervisor that we have talked to. */
interface Known {
  readonly connection: Connection;
  readonly record: SupervisorRecord;
}

/**
 * The way to a supervisor, never found anew in silence: once it has been seen and is gone, everything rejects with
 * ENVIRONMENT until `forgetLost` or `end` is called. One that says that it is going down is waited for until it has: then
 * nothing is up, and that is no surprise.
 */
export class SupervisorLink {
  readonly #options: LinkOptions;
  readonly #inTurn = createTurns();
  #known: Known | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Of the calls to the stack that runs; the declared one where none does. */
  get limits(): TimeLimits {
    const { files, stack } = this.#options;
    return timeLimits((readJson<Stack>(files.spec) ?? stack).replicas);
  }

  /** Does some work with what `find` finds. When that turns out to be going down, the same again with what is found after it has. */
  async through<Found extends Connection | null, T>(
    find: () => Promise<Found>,
    work: (found: Found) => Promise<T>,
  ): Promise<T> {
    const found = await find();
    try {
      return await work(found);
    } catch (thrown) {
      if (!(thrown instanceof GoneError) || !found?.isLeaving) throw thrown;
      return work(await find());
    }
  }

  /** The connection to one that runs; null when none does. Rejects with ENVIRONMENT when the one we knew is gone. */
  find(): Promise<Connection | null> {
    return this.#inTurn(() => this.#find());
  }

  /** The connection to one that runs. Rejects with ENVIRONMENT when none does. */
  async need(): Promise<Connection> {
    const connection = await this.find();
    if (connection !== null) return connection;
    throw new AegisError("ENVIRONMENT", `project ${this.#project} is not up`, {
      hint: "aegis up",
    });
  }

  /** The connection to one that runs, started if there is none. */
  start(): Promise<Connection> {
    return this.#inTurn(async () => {
      const found = await this.#find();
      if (found !== null) return found;
      this.#known = await this.#launch();
      return this.#known.connection;
    });
  }

  /** Lets `start` start another one after the one we knew has gone. */
  forgetLost(): void {
    if (this.#known?.connection.isOpen === false) this.#known = null;
  }

  /** Lets the supervisor take everything down and waits until it has exited; one that does not is killed, and its replicas with it. */
  async end(): Promise<void> {
    const { files, world } = this.#options;
    const record = livingSupervisor(files);
    if (record !== null) {
      this.forgetLost();
      const connection = await this.find().catch(() => null);
      const agreed = connection !== null && (await goesDown(connection, this.limits.down));
      connection?.close();
      if (!(await hasExited(record, agreed ? PATIENCE_MS : 0))) {
        signalProcess(record.pid, "SIGKILL");
        await hasExited(record, PATIENCE_MS);
      }
    }
    this.#known = null;
    await sweep(files, world.pid);
  }

  get #project(): string {
    return this.#options.stack.project;
  }

  close(): void {
    this.#known?.connection.close();
  }

  async #find(): Promise<Connection | null> {
    if (this.#known?.connection.isLeaving) {
      await this.#untilGone(this.#known.record);
      this.#known = null;
    }
    if (this.#known?.connection.isOpen === false) throw goneError(this.#project);
    this.#known ??= await this.#connect();
    return this.#known?.connection ?? null;
  }

  /** null when none runs. One that has only just been started is waited for, as is the end of one that is going down. */
  async #connect(): Promise<Known | null> {
    const { files } = this.#options;
    for (let waited = 0; waited < PATIENCE_MS; waited += RETRY_MS) {
      const record = livingSupervisor(files);
      if (record === null) return null;
      const connection = await openConnection(files.socket, this.#project);
      const greeted = connection === null ? null : await this.#greet(connection);
      if (greeted?.isLeaving) await this.#untilGone(record);
      else if (greeted !== null) return { connection: greeted, record };
      await sleep(RETRY_MS);
    }
    throw this.#hung();
  }

  /** null when it hangs up on us: it was just dying. */
  async #greet(connection: Connection): Promise<Connection | null> {
    const hello = connection.call("hello", { protocol: PROTOCOL }, { limitMs: PATIENCE_MS });
    const answer = await hello.catch(() => null);
    if (answer === null && !connection.isOpen) return null;
    if (answer === null) {
      connection.close();
      throw this.#hung();
    }
    if (answer.protocol === PROTOCOL) return connection;
    connection.close();
    throw new AegisError(
      "ENVIRONMENT",
      `project ${this.#project} was started by another version of aegis (protocol ${answer.protocol}, not ${PROTOCOL})`,
      { hint: "`aegis down` ends it, and the stack with it" },
    );
  }

  /** Rejects with ENVIRONMENT when one that said that it was going down is still there when that must be over. */
  async #untilGone(record: SupervisorRecord): Promise<void> {
    const limitMs = this.limits.down;
    if (await hasExited(record, limitMs)) return;
    throw new AegisError(
      "ENVIRONMENT",
      `the supervisor of project ${this.#project} (pid ${record.pid}) has been going down for more than ${limitMs / 1000} s`,
      { hint: "`aegis down` ends it, and the stack with it" },
    );
  }

  async #launch(): Promise<Known> {
    const { files, stateDirectory, world } = this.#options;
    const entry = join(world.packageRoot, "dist", "src", "engines", "process", "supervisor.js");
    if (!existsSync(entry)) {
      throw new AegisError("ENVIRONMENT", `${entry} is missing`, { hint: "npm run build" });
    }
    await sweep(files, world.pid);
    const log = openSync(files.log, "a", 0o600);
    const child = spawn(world.execPath, [entry, stateDirectory, this.#project, world.packageRoot], {
      detached: true,
      cwd: "/",
      env: { ...world.env },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    let failed = false;
    child.once("error", () => {
      failed = true;
    });
    child.once("exit", () => {
      failed = true;
    });
    child.unref();
    for (let waited = 0; waited < PATIENCE_MS; waited += RETRY_MS) {
      const hasExited = failed;
      const known = await this.#connect();
      if (known !== null) return known;
      if (hasExited) break;
      await sleep(RETRY_MS);
    }
    throw this.#notStarted();
  }

  #notStarted(): AegisError {
    const { files } = this.#options;
    const log = existsSync(files.log) ? readFileSync(files.log, "utf8").trim() : "";
    const said = log === "" ? "" : `:\n${log.split("\n").slice(-20).join("\n")}`;
    return new AegisError(
      "ENVIRONMENT",
      `the supervisor of project ${this.#project} did not start${said}`,
      {
        hint: `its log is ${files.log}`,
      },
    );
  }

  #hung(): AegisError {
    const pid = livingSupervisor(this.#options.files)?.pid;
    return new AegisError(
      "ENVIRONMENT",
      `the supervisor of project ${this.#project} (pid ${pid}) does not answer within ${PATIENCE_MS / 1000} s`,
      { hint: "`aegis down` ends it, and the stack with it" },
    );
  }
}

/** False when it does not answer, or cannot. */
function goesDown(connection: Connection, limitMs: number): Promise<boolean> {
  return connection.call("down", null, { limitMs }).then(
    () => true,
    (thrown) => thrown instanceof GoneError,
  );
}

async function hasExited(process: ProcessIdentity, withinMs: number): Promise<boolean> {
  for (let waited = 0; isAlive(process); waited += RETRY_MS) {
    if (waited >= withinMs) return false;
    await sleep(RETRY_MS);
  }
  return true;
}
