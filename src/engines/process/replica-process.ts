import { AegisError, messageOf } from "../../kit/errors.ts";
import type { ExecResult, StopOutcome } from "../../model/powers.ts";
import type { EngineEvent, Replica } from "../../model/replica.ts";
import type { ReplicaSpec } from "../../model/stack.ts";
import { afterDeath, FRESH_MEMORY } from "../restart-policy.ts";
import type { CapturedLog } from "./captured-log.ts";
import { runBeside } from "./exec.ts";
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
import type { ReplicaPorts } from "./ports.ts";
import type { ProbeResult } from "./probes.ts";
import { ReplicaRecord } from "./replica-record.ts";
import { signalGroup, signalProcess, toSignal } from "./signals.ts";
import { createTurns } from "./turns.ts";
import { watchLife } from "./watch.ts";

/** What a replica needs of those around it. */
export interface ReplicaSetting {
  readonly project: string;
  readonly log: CapturedLog;
  readonly groups: GroupRegister;
  /** Monotonic, µs. */
  readonly now: () => number;
  /** Of the declared command, or of another one in the same surroundings. */
  readonly launch: (command?: readonly string[]) => Launch;
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

/** One replica over all its lives. Its moves run one after the other; each resolves once it has been seen to take effect. */
export class ReplicaProcess {
  readonly spec: ReplicaSpec;
  readonly ports: ReplicaPorts;
  readonly #setting: ReplicaSetting;
  /** To be read: the moves below are what changes it. */
  readonly record: ReplicaRecord;
  readonly #inTurn = createTurns();
  #running: Running | null = null;
  #heldDown = false;
  #memory = FRESH_MEMORY;
  #revival: NodeJS.Timeout | undefined;
  #lastLife: Life | null = null;

  constructor(spec: ReplicaSpec, ports: ReplicaPorts, setting: ReplicaSetting) {
    this.spec = spec;
    this.ports = ports;
    this.#setting = setting;
    this.record = new ReplicaRecord(spec, setting.project, setting.now, setting.emit);
    this.record.created();
  }

  get log(): CapturedLog {
    return this.#setting.log;
  }

  /** Resolves when the log has all that its last, ended life printed. */
  async lastWords(): Promise<void> {
    if (this.#running === null && this.#lastLife !== null) await lastWords(this.#lastLife);
  }

  view(): Replica {
    return this.record.view();
  }

  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  crash(): Promise<void> {
    return this.#inTurn(async () => {
      const running = this.#needRunning();
      running.ending = true;
      signalProcess(running.life.pid, "SIGKILL");
      await running.life.exited;
    });
  }

  kill(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.record.state !== "restarting") this.#needRunning();
      await this.#end();
    });
  }

  stop(): Promise<StopOutcome> {
    return this.#inTurn(() => this.#stop());
  }

  restart(): Promise<StopOutcome> {
    return this.#inTurn(async () => {
      this.#needExistence();
      const outcome = await this.#stop();
      await this.#start();
      return outcome;
    });
  }

  pause(): Promise<void> {
    return this.#inTurn(() => this.#pause());
  }

  unpause(by: By = "aegis"): Promise<void> {
    return this.#inTurn(async () => this.#unpause(by));
  }

  remove(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.record.state === "removed") return;
      await this.#end();
      this.log.drop();
      this.record.changed("removed", "removed", "aegis");
    });
  }

  /** Made again as declared, and started unless `start` is false. */
  recreate(start = true, by: By = "aegis"): Promise<void> {
    return this.#inTurn(async () => {
      if (this.record.state === "removed") this.record.created(by);
      if (start) await this.#start(by);
    });
  }

  /** Runs a command with its environment and directory. */
  async run(command: readonly string[], timeoutMs: number): Promise<ExecResult> {
    this.#needRunning();
    if (this.record.state === "paused") throw this.#cannot("is paused");
    const { launch, groups } = this.#setting;
    return runBeside(launch(command), this.spec.name, timeoutMs, groups);
  }

  async #start(by: By = "aegis"): Promise<void> {
    this.#needExistence();
    this.#heldDown = false;
    if (this.#running !== null) return;
    clearTimeout(this.#revival);
    this.#memory = FRESH_MEMORY;
    await this.#begin(by);
  }

  async #begin(by: By, isRevival = false): Promise<void> {
    const { groups, now, log, launch } = this.#setting;
    const life = await startLife(launch(), this.spec.name, groups);
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
    this.record.started(life.pid, by, isRevival);
    running.stopWatching = watchLife({
      spec: this.spec,
      port: this.ports.main,
      now: () => now() / 1000,
      runCheck: (command, timeoutMs) => this.#check(command, timeoutMs),
      onChange: (observed) => this.record.observe(observed),
    });
  }

  #ended(running: Running, exit: Exit): void {
    running.stopWatching();
    running.stopPauseWatch();
    this.#running = null;
    this.#lastLife = running.life;
    const ranMs = (this.#setting.now() - running.bornAt) / 1000;
    const life = { failed: exit.code !== 0, ranMs };
    const next = this.#heldDown ? null : afterDeath(this.spec.restart, this.#memory, life);
    const by = running.ending ? "aegis" : "itself";
    this.record.died(next === null ? "exited" : "restarting", by, exit);
    if (next === null) return;
    this.#memory = next;
    this.#revival = setTimeout(() => void this.#inTurn(() => this.#revive()), next.delayMs);
  }

  async #revive(): Promise<void> {
    if (this.record.state !== "restarting") return;
    try {
      await this.#begin("policy", true);
    } catch (thrown) {
      this.log.note(messageOf(thrown));
      this.record.died("exited", "itself", NOT_STARTED);
    }
  }

  async #stop(): Promise<StopOutcome> {
    const signal = toSignal(this.spec.stopSignal);
    this.#heldDown = true;
    if (this.#running === null) {
      await this.#end();
      return { outcome: "drained", exitCode: this.record.lastExit.code, tookMs: 0 };
    }
    const { life } = this.#running;
    const from = this.#setting.now();
    this.#running.ending = true;
    signalProcess(life.pid, signal);
    this.#unpause("aegis");
    const drained = await exitWithin(life, this.spec.stopGraceMs);
    if (drained === null) await this.#end();
    const exit = await life.exited;
    return {
      outcome: drained === null || exit.signal === "SIGKILL" ? "killed" : "drained",
      exitCode: exit.code,
      tookMs: Math.round((this.#setting.now() - from) / 1000),
    };
  }

  /** Dead at once and held down. */
  async #end(): Promise<void> {
    clearTimeout(this.#revival);
    this.#heldDown = true;
    if (this.#running !== null) {
      this.#running.ending = true;
      signalGroup(this.#running.life.pid, "SIGKILL");
      await this.#running.life.exited;
    } else if (this.record.state === "restarting") {
      this.record.changed("exited", "snapshot", "aegis");
    }
  }

  async #pause(): Promise<void> {
    const running = this.#needRunning();
    if (this.record.state === "paused") return;
    const { pid } = running.life;
    if (!(await freezeGroup(pid))) throw this.#cannot("does not stop at SIGSTOP");
    if (this.#running !== running) throw this.#cannot("died while it was being paused");
    this.record.changed("paused", "paused", "aegis");
    running.stopPauseWatch = watchFrozen(pid, () => this.#unpause("itself"));
  }

  #unpause(by: By): void {
    if (this.#running === null || this.record.state !== "paused") return;
    this.#running.stopPauseWatch();
    if (by !== "itself") thawGroup(this.#running.life.pid);
    this.record.changed("running", "unpaused", by);
  }

  async #check(command: readonly string[], timeoutMs: number): Promise<ProbeResult> {
    const { exitCode, stderr } = await this.run(command, timeoutMs).catch((thrown) => ({
      exitCode: -1,
      stderr: messageOf(thrown),
    }));
    const detail = exitCode === -1 ? stderr : `the healthcheck exited ${exitCode}`;
    return { ok: exitCode === 0, detail, version: null };
  }

  #needRunning(): Running {
    this.#needExistence();
    if (this.#running === null) throw this.#cannot(`is not running (${this.record.state})`);
    return this.#running;
  }

  #needExistence(): void {
    if (this.record.state === "removed") throw this.#cannot("was removed");
  }

  #cannot(reason: string): AegisError {
    return new AegisError("ENVIRONMENT", `${this.spec.name} ${reason}`, {
      hint: "`aegis status` shows what runs",
    });
  }
}
