import { AegisError } from "../../kit/errors.ts";
import type { ExecResult, StopOutcome } from "../../model/powers.ts";
import type { EngineEvent, Replica } from "../../model/replica.ts";
import type { Release, ReplicaSpec } from "../../model/stack.ts";
import { createTurns } from "../turns.ts";
import type { CapturedLog } from "./captured-log.ts";
import type { Patience } from "./exec.ts";
import type { ReplicaPorts } from "./ports.ts";
import { Lives, type ReplicaSetting } from "./replica-lives.ts";
import { type Identity, ReplicaRecord } from "./replica-record.ts";

type By = EngineEvent["by"];

/** One replica over all its lives. Its moves run one after the other; each resolves once it has been seen to take effect. */
export class ReplicaProcess {
  readonly ports: ReplicaPorts;
  /** To be read: the moves below are what changes it. */
  readonly record: ReplicaRecord;
  readonly log: CapturedLog;
  readonly #lives: Lives;
  readonly #inTurn = createTurns();
  /** Of before a `put` that no start has followed yet. */
  #formerRelease: Release | null = null;
  #isReplaced = false;
  #isLeaving = false;

  /** `identity`: another one than that which is declared, of a newcomer. */
  constructor(
    declared: ReplicaSpec,
    ports: ReplicaPorts,
    setting: ReplicaSetting,
    identity?: Identity,
  ) {
    const { project, now, emit, log } = setting;
    this.ports = ports;
    this.log = log;
    this.record = new ReplicaRecord(declared, project, now, emit, identity);
    this.#lives = new Lives(this.record, ports.main, setting, this.#inTurn);
    this.record.created();
  }

  /** What it runs: as declared, but for its release. */
  get spec(): ReplicaSpec {
    return this.record.spec;
  }

  get name(): string {
    return this.record.name;
  }

  /** It goes by a name that is not declared, beside the one whose place it is to take. */
  get isNewcomer(): boolean {
    return this.name !== this.record.declared.name;
  }

  /** Resolves when the log has all that its last, ended life printed. */
  lastWords(): Promise<void> {
    return this.#lives.lastWords();
  }

  view(): Replica {
    return this.record.view();
  }

  start(): Promise<void> {
    return this.#inTurn(() => this.#start("aegis"));
  }

  crash(): Promise<void> {
    return this.#inTurn(() => this.#lives.crash());
  }

  kill(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.record.state !== "restarting") this.#lives.needRunning();
      await this.#lives.end();
    });
  }

  stop(): Promise<StopOutcome> {
    return this.#inTurn(() => this.#lives.stop());
  }

  restart(): Promise<StopOutcome> {
    return this.#inTurn(async () => {
      this.#lives.needExistence();
      const outcome = await this.#lives.stop();
      await this.#start("aegis");
      return outcome;
    });
  }

  pause(): Promise<void> {
    return this.#inTurn(() => this.#lives.pause());
  }

  unpause(by: By = "aegis"): Promise<void> {
    return this.#inTurn(async () => this.#lives.unpause(by));
  }

  remove(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.record.state === "removed") return;
      await this.#lives.end();
      if (!this.isNewcomer) this.log.drop();
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
  run(command: readonly string[], patience: Patience): Promise<ExecResult> {
    return this.#lives.run(command, patience);
  }

  /** Of that release from its next life on; it must not run. A lease that ends before it is started takes that back. */
  put(release: Release): Promise<void> {
    return this.#inTurn(async () => {
      this.#lives.needStopped();
      this.#formerRelease ??= this.record.release;
      this.record.put(release);
    });
  }

  /** Takes back a release that it was given and never started with. */
  unput(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#formerRelease !== null) this.record.put(this.#formerRelease);
      this.#formerRelease = null;
    });
  }

  /** Lets another take its place while it does not run: nothing starts it any more. Not when `takeOver` throws. */
  cede(takeOver: () => void): Promise<void> {
    return this.#inTurn(async () => {
      this.#lives.needStopped();
      takeOver();
      this.#isReplaced = true;
    });
  }

  /** Throws ENVIRONMENT when it was removed. */
  needExistence(): void {
    this.#lives.needExistence();
  }

  /** Throws ENVIRONMENT when it is in no state to take the place of another. */
  needFit(): void {
    if (this.#isLeaving) throw new AegisError("ENVIRONMENT", `${this.name} is being dismissed`);
    this.#lives.needRunning();
  }

  /** Goes on in the place of another, which does not run. */
  succeed(former: ReplicaProcess): void {
    this.record.succeed(former.record);
  }

  /** The end of a newcomer: stopped with its grace, and gone. Nothing when it has been promoted before its turn came. */
  dismiss(by: By): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.isNewcomer || this.record.state === "removed") return;
      this.#isLeaving = true;
      await this.#lives.stop();
      this.record.changed("removed", "removed", by);
    });
  }

  async #start(by: By): Promise<void> {
    if (this.#isReplaced) return;
    await this.#lives.start(by);
    this.#formerRelease = null;
  }
}
