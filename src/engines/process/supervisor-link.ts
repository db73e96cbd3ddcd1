import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AegisError } from "../../kit/errors.ts";
import type { World } from "../../kit/world.ts";
import { type Connection, goneError, openConnection } from "./connection.ts";
import { isAlive } from "./proc-table.ts";
import { PROTOCOL } from "./protocol.ts";
import { signalProcess } from "./signals.ts";
import type { StateFiles } from "./state-files.ts";
import { livingSupervisor, sweep } from "./sweep.ts";
import { createTurns } from "./turns.ts";

/** Where a project's supervisor is looked for. */
export interface LinkOptions {
  readonly project: string;
  readonly stateDirectory: string;
  readonly files: StateFiles;
  readonly world: World;
}

const PATIENCE_MS = 10_000;
const RETRY_MS = 10;

/**
 * The way to a supervisor, never found anew in silence: once it has been seen and is gone, everything rejects with
 * ENVIRONMENT until `forgetLost` or `end` is called.
 */
export class SupervisorLink {
  readonly #options: LinkOptions;
  readonly #inTurn = createTurns();
  #connection: Connection | null = null;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** The connection to one that runs; null when none does. Rejects with ENVIRONMENT when the one we knew is gone. */
  find(): Promise<Connection | null> {
    return this.#inTurn(() => this.#find());
  }

  /** The connection to one that runs. Rejects with ENVIRONMENT when none does. */
  async need(): Promise<Connection> {
    const connection = await this.find();
    if (connection !== null) return connection;
    throw new AegisError("ENVIRONMENT", `project ${this.#options.project} is not up`, {
      hint: "aegis up",
    });
  }

  /** The connection to one that runs, started if there is none. */
  start(): Promise<Connection> {
    return this.#inTurn(async () => {
      this.#connection = (await this.#find()) ?? (await this.#launch());
      return this.#connection;
    });
  }

  /** Lets `start` start another one after the one we knew has gone. */
  forgetLost(): void {
    if (this.#connection?.isOpen === false) this.#connection = null;
  }

  /** Lets the supervisor take everything down and waits until it has exited; a hung one is killed, and its replicas with it. */
  async end(): Promise<void> {
    const { files, world } = this.#options;
    const record = livingSupervisor(files);
    if (record !== null) {
      this.forgetLost();
      const connection = await this.find().catch(() => null);
      if (connection === null) signalProcess(record.pid, "SIGKILL");
      else await connection.call("down", null);
      connection?.close();
      for (let waited = 0; waited < PATIENCE_MS && isAlive(record); waited += RETRY_MS) {
        await sleep(RETRY_MS);
      }
    }
    this.#connection = null;
    await sweep(files, world.pid);
  }

  close(): void {
    this.#connection?.close();
  }

  async #find(): Promise<Connection | null> {
    if (this.#connection?.isOpen === false) throw goneError(this.#options.project);
    this.#connection ??= await this.#connect();
    return this.#connection;
  }

  /** null when none runs. One that has only just been started is waited for. */
  async #connect(): Promise<Connection | null> {
    const { files, project } = this.#options;
    for (let waited = 0; waited < PATIENCE_MS; waited += RETRY_MS) {
      if (livingSupervisor(files) === null) return null;
      const connection = await openConnection(files.socket, project);
      const greeted = connection === null ? null : await this.#greet(connection);
      if (greeted !== null) return greeted;
      await sleep(RETRY_MS);
    }
    throw this.#hung();
  }

  /** null when it hangs up on us: it was just dying. */
  async #greet(connection: Connection): Promise<Connection | null> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const hello = connection.call("hello", { protocol: PROTOCOL }, { signal });
    const answer = await hello.catch(() => null);
    if (answer === null && !connection.isOpen) return null;
    if (answer === null) {
      connection.close();
      throw this.#hung();
    }
    if (answer.protocol === PROTOCOL) return connection;
    connection.close();
    const { project } = this.#options;
    throw new AegisError(
      "ENVIRONMENT",
      `project ${project} was started by another version of aegis (protocol ${answer.protocol}, not ${PROTOCOL})`,
      { hint: "`aegis down` ends it, and the stack with it" },
    );
  }

  async #launch(): Promise<Connection> {
    const { files, project, stateDirectory, world } = this.#options;
    const entry = join(world.packageRoot, "dist", "src", "engines", "process", "supervisor.js");
    if (!existsSync(entry)) {
      throw new AegisError("ENVIRONMENT", `${entry} is missing`, { hint: "npm run build" });
    }
    await sweep(files, world.pid);
    const log = openSync(files.log, "a", 0o600);
    const child = spawn(world.execPath, [entry, stateDirectory, project, world.packageRoot], {
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
      const connection = await this.#connect();
      if (connection !== null) return connection;
      if (hasExited) break;
      await sleep(RETRY_MS);
    }
    throw this.#notStarted();
  }

  #notStarted(): AegisError {
    const { files, project } = this.#options;
    const log = existsSync(files.log) ? readFileSync(files.log, "utf8").trim() : "";
    const said = log === "" ? "" : `:\n${log.split("\n").slice(-20).join("\n")}`;
    return new AegisError(
      "ENVIRONMENT",
      `the supervisor of project ${project} did not start${said}`,
      {
        hint: `its log is ${files.log}`,
      },
    );
  }

  #hung(): AegisError {
    const { files, project } = this.#options;
    const pid = livingSupervisor(files)?.pid;
    return new AegisError(
      "ENVIRONMENT",
      `the supervisor of project ${project} (pid ${pid}) does not answer within ${PATIENCE_MS / 1000} s`,
      { hint: "`aegis down` ends it, and the stack with it" },
    );
  }
}
