import { AegisError, messageOf } from "../../kit/errors.ts";
import type { ExecResult, StopOutcome } from "../../model/powers.ts";
import type { EngineEvent } from "../../model/replica.ts";
import type { ReplicaSpec } from "../../model/stack.ts";
import { afterDeath, FRESH_MEMORY } from "../restart-policy.ts";
import { stopOutcome } from "../stop-outcome.ts";
import type { Turns } from "../turns.ts";
import type { CapturedLog } from "./captured-log.ts";
import { checkByCommand } from "./check-by-command.ts";
import { type Patience, runBeside } from "./exec.ts";
import { freezeGroup, thawGroup, watchFrozen } from "./freeze.ts";
import type { Launch } from "./launch.ts";
import {
  type Exit,
  exitWithin,
  type GroupRegister,
  type Life,
  lastWords,
  startLife,
} from "./life.ts";
import type { ReplicaRecord } from "./replica-record.ts";
import { signalGroup, signalProcess, toSignal } from "./signals.ts";
import { watchLife } from "./watch.ts";

/** What a replica needs of those around it. */
export interface ReplicaSetting {
  readonly project: string;
  readonly log: CapturedLog;
  readonly groups: GroupRegister;
  /** Monotonic, µs. */
  readonly now: () => number;
  /** Of its own command, or of another one in the same surroundings. */
  readonly launch: (spec: ReplicaSpec, command?: readonly string[]) => Launch;
  readonly emit: (event: EngineEvent) => void;
}

type By = EngineEvent["by"];

/** As shells say of a command that cannot be started. */
const NOT_STARTED: Exit = { code: 127, signal: null };

/** A life with all that goes on during it. */
interface Running {
  readonly life: Life;
  readonly bornAt: number;
  stopWatching: () => void;
  /** Stops looking whether a frozen one is woken by others. */
  stopPauseWatch: () => void;
  /** Aegis is ending it. */
  ending: boolean;
}

/** The lives of one replica, one after the other, and what is done to them. Whoever calls sees to it that one move is made at a time. */
export class Lives {
  readonly #record: ReplicaRecord;
  readonly #port: number;
  readonly #setting: ReplicaSetting;
  readonly #inTurn: Turns;
  #running: Running | null = null;
  #heldDown = false;
  #memory = FRESH_MEMORY;
  #revival: NodeJS.Timeout | undefined;
  #lastLife: Life | null = null;

  /** Revivals by the restart policy wait for their turn. */
  constructor(record: ReplicaRecord, port: number, setting: ReplicaSetting, inTurn: Turns) {
    this.#record = record;
    this.#port = port;
    this.#setting = setting;
    this.#inTurn = inTurn;
  }

  /** Resolves when the log has all that its last, ended life printed. */
  async lastWords(): Promise<void> {
    if (this.#running === null && this.#lastLife !== null) await lastWords(this.#lastLife);
  }

  async start(by: By): Promise<void> {
    this.needExistence();
    this.#heldDown = false;
    if (this.#running !== null) return;
    clearTimeout(this.#revival);
    this.#memory = FRESH_MEMORY;
    await this.#begin(by);
  }

  async crash(): Promise<void> {
    const running = this.#needRunning();
    running.ending = true;
    signalProcess(running.life.pid, "SIGKILL");
    await running.life.exited;
  }

  async stop(): Promise<StopOutcome> {
    const signal = toSignal(this.#record.spec.stopSignal);
    this.#heldDown = true;
    if (this.#running === null) {
      await this.end();
      const { code: exitCode, signal: endedBy } = this.#record.lastExit;
      return { outcome: "drained", exitCode, signal: endedBy, tookMs: 0 };
    }
    const { life } = this.#running;
    const from = this.#setting.now();
    this.#running.ending = true;
    signalProcess(life.pid, signal);
    this.unpause("aegis");
    const left = await exitWithin(life, this.#record.spec.stopGraceMs);
    if (left === null) await this.end();
    const exit = await life.exited;
    return {
      outcome: left === null ? "killed" : stopOutcome(exit, signal),
      exitCode: exit.code,
      signal: exit.signal,
      tookMs: Math.round((this.#setting.now() - from) / 1000),
    };
  }

  /** Dead at once and held down. */
  async end(): Promise<void> {
    clearTimeout(this.#revival);
    this.#heldDown = true;
    if (this.#running !== null) {
      this.#running.ending = true;
      signalGroup(this.#running.life.pid, "SIGKILL");
      await this.#running.life.exited;
    } else if (this.#record.state === "restarting") {
      this.#record.changed("exited", "snapshot", "aegis");
    }
  }

  async pause(): Promise<void> {
    const running = this.#needRunning();
    if (this.#record.state === "paused") return;
    const { pid } = running.life;
    if (!(await freezeGroup(pid))) throw this.#cannot("does not stop at SIGSTOP");
    if (this.#running !== running) throw this.#cannot("died while it was being paused");
    this.#record.changed("paused", "paused", "aegis");
    running.stopPauseWatch = watchFrozen(pid, () => this.unpause("itself"));
  }

  unpause(by: By): void {
    if (this.#running === null || this.#record.state !== "paused") return;
    this.#running.stopPauseWatch();
    if (by !== "itself") thawGroup(this.#running.life.pid);
    this.#record.changed("running", "unpaused", by);
  }

  /** Runs a command with its environment and directory. */
  async run(command: readonly string[], patience: Patience): Promise<ExecResult> {
    this.needRunning();
    if (this.#record.state === "paused") throw this.#cannot("is paused");
    const { launch, groups } = this.#setting;
    const { spec, name } = this.#record;
    return runBeside(launch(spec, command), name, patience, groups);
  }

  needRunning(): void {
    this.#needRunning();
  }

  needStopped(): void {
    if (this.#running === null && this.#record.state !== "restarting") return;
    throw this.#cannot(`must be stopped for that (${this.#record.state})`);
  }

  needExistence(): void {
    if (this.#record.state === "removed") throw this.#cannot("was removed");
  }

  async #begin(by: By, isRevival = false): Promise<void> {
    const { groups, now, log, launch } = this.#setting;
    const life = await startLife(launch(this.#record.spec), this.#record.name, groups);
    if (life.child.stdout !== null) log.capture("stdout", life.child.stdout);
    if (life.child.stderr !== null) log.capture("stderr", life.child.stderr);
    const nothing = (): void => undefined;
    const running: Running = {
      life,
      bornAt: now(),
      stopWatching: nothing,
      stopPauseWatch: nothing,
      ending: false,
    };
    this.#running = running;
    void life.exited.then((exit) => this.#ended(running, exit));
    this.#record.started(life.pid, by, isRevival);
    running.stopWatching = watchLife({
      spec: this.#record.spec,
      port: this.#port,
      now: () => now() / 1000,
      runCheck: checkByCommand((command, timeoutMs) => this.run(command, { timeoutMs })),
      onChange: (observed) => this.#record.observe(observed),
    });
  }

  #ended(running: Running, exit: Exit): void {
    running.stopWatching();
    running.stopPauseWatch();
    this.#running = null;
    this.#lastLife = running.life;
    const ranMs = (this.#setting.now() - running.bornAt) / 1000;
    const life = { failed: exit.code !== 0, ranMs };
    const next = this.#heldDown ? null : afterDeath(this.#record.spec.restart, this.#memory, life);
    const by = running.ending ? "aegis" : "itself";
    this.#record.died(next === null ? "exited" : "restarting", by, exit);
    if (next === null) return;
    this.#memory = next;
    this.#revival = setTimeout(() => void this.#inTurn(() => this.#revive()), next.delayMs);
  }

  async #revive(): Promise<void> {
    if (this.#record.state !== "restarting") return;
    try {
      await this.#begin("policy", true);
    } catch (thrown) {
      this.#setting.log.note(messageOf(thrown));
      this.#record.died("exited", "itself", NOT_STARTED);
    }
  }

  #needRunning(): Running {
    this.needExistence();
    if (this.#running === null) throw this.#cannot(`is not running (${this.#record.state})`);
    return this.#running;
  }

  #cannot(reason: string): AegisError {
    return new AegisError("ENVIRONMENT", `${this.#record.name} ${reason}`, {
      hint: "`aegis status` shows what runs",
    });
  }
}
