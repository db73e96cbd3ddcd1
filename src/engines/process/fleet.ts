import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AegisError } from "../../kit/errors.ts";
import { didYouMean } from "../../kit/suggest.ts";
import type { Address, EngineEvent } from "../../model/replica.ts";
import type { Release, ReplicaSpec, Stack } from "../../model/stack.ts";
import type { LogLine } from "../engine.ts";
import { createHub, type Hub } from "../hub.ts";
import { writeJson } from "../json-file.ts";
import { newcomerOf, withRelease } from "../released.ts";
import { bestEffort } from "./best-effort.ts";
import { type CapturedLog, openCapturedLog } from "./captured-log.ts";
import { type LaunchSetting, launchOf } from "./launch.ts";
import type { GroupRegister } from "./life.ts";
import { dropMembers, writeMembers } from "./members.ts";
import { newcomerRefusal } from "./newcomer-refusal.ts";
import { Newcomers } from "./newcomers.ts";
import { actualPort, choosePorts, portsOf, type ReplicaPorts } from "./ports.ts";
import { asProcess, demandProgram } from "./program.ts";
import type { ReplicaSetting } from "./replica-lives.ts";
import { ReplicaProcess } from "./replica-process.ts";
import type { StateFiles } from "./state-files.ts";

/** What the supervisor knows of itself and its surroundings. */
export interface Surroundings {
  readonly project: string;
  readonly files: StateFiles;
  readonly packageRoot: string;
  readonly execPath: string;
  readonly token: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly groups: GroupRegister;
  /** Monotonic, µs. */
  readonly now: () => number;
}

/** Every replica of the project, and what happens to them. */
export class Fleet {
  readonly events: Hub<EngineEvent> = createHub();
  readonly lines: Hub<LogLine> = createHub();
  readonly newcomers = new Newcomers({
    refusal: (replica) => this.refusal(replica),
    make: (replica, release) => this.#makeBeside(replica, release),
    replace: ({ name }, newcomer) => void this.#replicas.set(name, newcomer),
  });
  readonly #around: Surroundings;
  #stack: Stack | null = null;
  #replicas = new Map<string, ReplicaProcess>();

  constructor(around: Surroundings) {
    this.#around = around;
    this.events.listen(({ type }) => {
      if (CHANGES_MEMBERS.has(type)) bestEffort(() => this.#writeMembers());
    });
  }

  /** What it was last asked to run; null before the first `up` and after a `down`. */
  get stack(): Stack | null {
    return this.#stack;
  }

  /** Those that are declared, in that order. */
  get replicas(): readonly ReplicaProcess[] {
    return [...this.#replicas.values()];
  }

  /** With the newcomers, each after the one that it is beside. */
  get present(): readonly ReplicaProcess[] {
    return this.replicas.flatMap((replica) => {
      const newcomer = this.newcomers.beside(replica);
      return newcomer === undefined ? [replica] : [replica, newcomer];
    });
  }

  /** By the key of its target. Throws ENVIRONMENT when there is none. */
  byKey(key: string): ReplicaProcess {
    const found = this.find(key);
    if (found !== undefined) return found;
    throw new AegisError("ENVIRONMENT", `nothing of ${this.#around.project} has the key ${key}`, {
      hint: "`aegis status` shows what runs",
    });
  }

  /** By its key, undefined when there is none. */
  find(key: string): ReplicaProcess | undefined {
    return this.present.find((replica) => replica.view().key === key);
  }

  /** A declared replica by its name. */
  get(name: string): ReplicaProcess {
    return this.#replicas.get(name) as ReplicaProcess;
  }

  /**
   * Takes on a stack: what is new is made, what is declared otherwise than before is removed and made again, what is no
   * longer declared is removed. Nothing is started. Returns the names that were made. Throws ENVIRONMENT (a port is taken).
   */
  async adopt(stack: Stack): Promise<Set<string>> {
    const moved = this.#stack !== null && this.#stack.directory !== stack.directory;
    const former = this.#replicas;
    const keeps = (spec: ReplicaSpec): boolean =>
      !moved && isRunAlike(former.get(spec.name)?.record.declared, spec);
    const kept = new Set(stack.replicas.filter(keeps).map(({ name }) => name));
    for (const replica of former.values()) {
      if (kept.has(replica.spec.name)) continue;
      await this.newcomers.dismiss(replica);
      await replica.stop();
      await replica.remove();
    }
    const ports = await this.#choosePorts(stack, kept);
    this.#stack = stack;
    const next = new Map<string, ReplicaProcess>();
    for (const spec of stack.replicas) {
      const chosen = ports.get(spec.name);
      const replica = chosen === undefined ? former.get(spec.name) : this.#make(spec, chosen);
      next.set(spec.name, replica as ReplicaProcess);
    }
    this.#replicas = next;
    writeJson(this.#around.files.spec, stack);
    this.#dropServices([...former.values()].map(({ spec }) => spec.service));
    this.#writeMembers();
    return new Set(ports.keys());
  }

  /** For those to be made; one that is declared with the same ports as before keeps them, for others know them. */
  async #choosePorts(stack: Stack, kept: ReadonlySet<string>): Promise<Map<string, ReplicaPorts>> {
    const ports = new Map<string, ReplicaPorts>();
    const taken = new Set<number>();
    const made: ReplicaSpec[] = [];
    for (const spec of stack.replicas) {
      const former = this.#replicas.get(spec.name);
      const same = former !== undefined && portKey(former.spec) === portKey(spec);
      if (same) for (const port of portsOf(former.ports)) taken.add(port);
      if (same && !kept.has(spec.name)) ports.set(spec.name, former.ports);
      if (!same) made.push(spec);
    }
    for (const spec of made) ports.set(spec.name, await choosePorts(spec, taken));
    return ports;
  }

  /** Forgets everything; whatever ran must have been removed. */
  clear(): void {
    this.#stack = null;
    this.#replicas = new Map();
  }

  /** See AddressBook. Throws INVALID_INPUT for a service or port that nobody declares. */
  addressOf(service: string, port: number | null): Address {
    const named = this.present.filter(
      ({ spec }) => spec.service === service || spec.name === service,
    );
    const replica = named.find((one) => one.view().state === "running") ?? named[0];
    if (replica === undefined) {
      const known = this.replicas.flatMap(({ spec }) => [spec.service, spec.name]);
      throw new AegisError("INVALID_INPUT", `no service is called "${service}"`, {
        hint: didYouMean(service, [...new Set(known)]),
      });
    }
    const { spec, ports } = replica;
    const actual = port === null ? ports.main : actualPort(spec, ports, port);
    if (actual === null) {
      const known = [spec.process?.port, ...Object.values(spec.process?.extraPorts ?? {})];
      throw new AegisError("INVALID_INPUT", `${service} does not declare port ${port}`, {
        hint: `it has: ${known.filter((one) => typeof one === "number").join(", ") || "none"}`,
      });
    }
    return { host: "127.0.0.1", port: actual };
  }

  /** Why no newcomer can be beside a replica; null: it can. */
  refusal({ spec }: ReplicaProcess): string | null {
    const running = this.present.map((one) => one.spec);
    return newcomerRefusal(spec, running, this.#stack?.entry);
  }

  /** A release as that replica could run it. Throws INVALID_INPUT or ENVIRONMENT when it could not be started. */
  pin({ record, ports, name }: ReplicaProcess, release: Release): Release {
    const pinned = asProcess(release);
    const spec = withRelease(record.declared, pinned);
    demandProgram(launchOf(spec, ports, this.#launchSetting()), name);
    return pinned;
  }

  #make(spec: ReplicaSpec, ports: ReplicaPorts): ReplicaProcess {
    const { logs } = this.#around.files;
    mkdirSync(logs, { recursive: true, mode: 0o700 });
    const path = join(logs, `${spec.name}.log`);
    const log = openCapturedLog(path, spec.name, (line) => this.lines.tell(line));
    return new ReplicaProcess(spec, ports, this.#settingOf(ports, log));
  }

  /** It has ports of its own, and what it says goes to the log of the one that it is beside. */
  async #makeBeside({ record, log }: ReplicaProcess, release: Release): Promise<ReplicaProcess> {
    const { declared, name } = record;
    const taken = new Set(this.present.flatMap(({ ports }) => portsOf(ports)));
    const ports = await choosePorts(declared, taken);
    const identity = { name: newcomerOf(name), release };
    return new ReplicaProcess(declared, ports, this.#settingOf(ports, log), identity);
  }

  #settingOf(ports: ReplicaPorts, log: CapturedLog): ReplicaSetting {
    const { project, groups, now } = this.#around;
    return {
      project,
      groups,
      now,
      log,
      launch: (spec, command) => launchOf(spec, ports, this.#launchSetting(), command),
      emit: (event) => this.events.tell(event),
    };
  }

  #launchSetting(): LaunchSetting {
    const { packageRoot, execPath, token, env, files } = this.#around;
    return {
      directory: this.#stack?.directory ?? "/",
      packageRoot,
      execPath,
      token,
      inherited: env,
      membersDirectory: files.members,
      addressOf: (service, port) => this.addressOf(service, port),
    };
  }

  #writeMembers(): void {
    writeMembers(this.#around.files.members, this.present);
  }

  #dropServices(former: readonly string[]): void {
    const declared = new Set(this.replicas.map(({ spec }) => spec.service));
    for (const service of former) {
      if (!declared.has(service)) dropMembers(this.#around.files.members, service);
    }
  }
}

/** A newcomer is a member while it is ready: one that never gets there is never sent anything. */
const CHANGES_MEMBERS: ReadonlySet<EngineEvent["type"]> = new Set([
  "created",
  "removed",
  "ready",
  "unready",
  "died",
]);

/** Versions that are only declared change nothing of what runs. */
function isRunAlike(former: ReplicaSpec | undefined, spec: ReplicaSpec): boolean {
  const essence = (one: ReplicaSpec | undefined): string =>
    JSON.stringify({ ...one, versions: null });
  return former !== undefined && essence(former) === essence(spec);
}

function portKey({ process, ports }: ReplicaSpec): string {
  return JSON.stringify([process?.port, process?.extraPorts, ports]);
}
