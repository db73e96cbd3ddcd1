import type { EngineEvent, EngineEventType } from "../../model/replica.ts";
import { createTurns } from "../turns.ts";
import type { Commands } from "./commands.ts";
import type { Containers } from "./containers.ts";
import type { DaemonClock } from "./daemon-clock.ts";
import type { DockerEvent } from "./event-stream.ts";
import { instanceOf } from "./inspected.ts";
import { placeOf } from "./labels.ts";
import type { Probing } from "./probing.ts";
import { type Circumstance, exitOf, type ReplicaRecord } from "./replica-record.ts";
import { willRevive } from "./revival.ts";
import { isNextName } from "./warden/program/next-name.ts";

/** What turns Docker's events into ours. */
export interface FoldSetting {
  readonly containers: Containers;
  readonly commands: Commands;
  readonly daemon: DaemonClock;
  readonly probing: Probing;
}

/** Who did what nobody here has asked for. */
const UNASKED: Partial<Record<EngineEventType, EngineEvent["by"]>> = {
  created: "policy",
  started: "policy",
  unpaused: "policy",
};

/** How often one that waits for its revival is looked at. */
const LOOK_AGAIN_MS = 2_000;

/** Brings Docker's events into the records, one after the other: some need a look at the container first. */
export class Fold {
  readonly #records: ReadonlyMap<string, ReplicaRecord>;
  readonly #setting: FoldSetting;
  readonly #inTurn = createTurns();
  #lastAt = 0;

  /** Records by `SERVICE/NUMBER`. */
  constructor(records: ReadonlyMap<string, ReplicaRecord>, setting: FoldSetting) {
    this.#records = records;
    this.#setting = setting;
  }

  /** Resolves when it is in the records. Rejects with ENVIRONMENT when the daemon does not answer. */
  async take(event: DockerEvent): Promise<void> {
    const record = this.#records.get(placeOf(event.attributes) ?? "");
    if (record !== undefined) await this.#inTurn(() => this.#apply(record, event));
  }

  /** Looks at one that may have ended without an event: held down while it waited for its next start. */
  refresh(record: ReplicaRecord): Promise<void> {
    return this.#inTurn(() => this.#lookAgain(record));
  }

  async #apply(record: ReplicaRecord, event: DockerEvent): Promise<void> {
    if (event.action === "create") await this.#made(record, event);
    else if (event.action === "start") await this.#started(record, event);
    else if (event.id === record.container?.id) await this.#changed(record, event);
    else if (event.action === "destroy" && event.id === record.heir) record.heir = null;
  }

  async #made(record: ReplicaRecord, { id, at, attributes }: DockerEvent): Promise<void> {
    const waits = record.container !== null && isNextName(attributes["name"] ?? "");
    if (waits) record.heir = id;
    else await this.#created(record, id, at);
  }

  async #created(record: ReplicaRecord, id: string, at: number): Promise<void> {
    if (record.container?.id === id) return;
    if (record.isAlive) {
      record.heir = id;
      return;
    }
    const container = await this.#setting.containers.inspect(id);
    if (container !== null) record.created(container, this.#circumstance(record, "created", at));
  }

  async #started(record: ReplicaRecord, { id, at }: DockerEvent): Promise<void> {
    const { containers, probing } = this.#setting;
    if (record.container?.id !== id) await this.#created(record, id, at);
    if (record.container?.id !== id) return;
    const container = await containers.inspect(id);
    if (container === null || (record.isAlive && record.bornAt === container.startedAt)) return;
    // A life that is over by now has taken its process id with it: it is named by its time.
    const isOver = container.pid === 0 || container.startedAt > at;
    const life = isOver ? { ...container, startedAt: at, pid: at } : container;
    record.started(life, instanceOf(life), this.#circumstance(record, "started", at));
    void probing.start(record);
  }

  async #changed(record: ReplicaRecord, { action, at, attributes }: DockerEvent): Promise<void> {
    switch (action) {
      case "kill":
        record.signalled = Number(attributes["signal"]);
        return;
      case "die":
        return this.#died(record, at, Number(attributes["exitCode"]));
      case "stop":
        return this.#lookAgain(record);
      case "pause":
        if (record.state !== "running") return;
        this.#setting.probing.stop(record);
        return record.changed("paused", "paused", this.#circumstance(record, "paused", at));
      case "unpause":
        if (record.state !== "paused") return;
        record.changed("running", "unpaused", this.#circumstance(record, "unpaused", at));
        return void this.#setting.probing.start(record);
      case "destroy":
        return this.#removed(record, at);
      case "rename":
        return this.#renamed(record);
      case "health_status: healthy":
      case "health_status: unhealthy":
        if (!record.isAlive || at < record.bornAt) return;
        return record.healthIs(
          action === "health_status: healthy" ? "healthy" : "unhealthy",
          this.#worldTime(at),
        );
    }
  }

  /** Told at once: while Docker revives a container, it answers no question about it. */
  async #died(record: ReplicaRecord, at: number, code: number): Promise<void> {
    const { container } = record;
    if (container === null || !record.isAlive || at < record.bornAt) return;
    const { containers, probing } = this.#setting;
    probing.stop(record);
    const circumstance = this.#circumstance(record, "died", at);
    const expected =
      willRevive(container, record.view().restarts, code, record.signalled) ??
      (await containers.inspect(container.id))?.state !== "exited";
    record.died(expected ? "restarting" : "exited", exitOf(code), circumstance);
    if (expected) this.#awaitRevival(record);
    await this.#inherit(record, at);
  }

  /** Somebody may change its policy or end its waiting, without an event. */
  #awaitRevival(record: ReplicaRecord): void {
    const { deaths } = record;
    const isWaiting = (): boolean => record.state === "restarting" && record.deaths === deaths;
    const timer = setTimeout(async () => {
      if (!isWaiting()) return;
      await this.refresh(record).catch(() => undefined);
      if (isWaiting()) this.#awaitRevival(record);
    }, LOOK_AGAIN_MS);
    timer.unref();
  }

  /** One that did not run and has an heir is not missed. */
  async #removed(record: ReplicaRecord, at: number): Promise<void> {
    this.#setting.probing.stop(record);
    const { container } = record;
    if (!record.isAlive) await this.#inherit(record, at);
    if (record.container !== container) return;
    record.removed(this.#circumstance(record, "removed", at));
    await this.#inherit(record, at);
  }

  async #renamed(record: ReplicaRecord): Promise<void> {
    const { id } = record.container ?? { id: "" };
    record.container = (await this.#setting.containers.inspect(id)) ?? record.container;
  }

  /** The container that was made to take its place. */
  async #inherit(record: ReplicaRecord, at: number): Promise<void> {
    const { heir } = record;
    record.heir = null;
    if (heir !== null) await this.#created(record, heir, at);
  }

  async #lookAgain(record: ReplicaRecord): Promise<void> {
    if (record.state !== "restarting" || record.container === null) return;
    const now = await this.#setting.containers.inspect(record.container.id);
    if (now?.state !== "exited") return;
    const at = this.#worldTime(this.#setting.daemon.wall());
    record.changed("exited", "snapshot", { at, by: "aegis" });
  }

  #circumstance(record: ReplicaRecord, type: EngineEventType, at: number): Circumstance {
    const claim = this.#setting.commands.claim(record.key, type);
    const isRevival = type === "started" && record.state === "restarting";
    const isOurs = claim !== null && (claim.isOwn || !isRevival);
    const by = isOurs ? "aegis" : (UNASKED[type] ?? "itself");
    return { at: this.#worldTime(at, claim?.from), by };
  }

  /** Events keep their order, and none is earlier than what has caused it. */
  #worldTime(at: number, from = 0): number {
    this.#lastAt = Math.max(this.#lastAt, from, this.#setting.daemon.toWorld(at));
    return this.#lastAt;
  }
}
