import { AegisError } from "../../kit/errors.ts";
import type { EngineEvent, TargetRef } from "../../model/replica.ts";
import type { Release, ReplicaSpec } from "../../model/stack.ts";
import { newcomerOf } from "../released.ts";
import { type DrySetting, RememberedReplica } from "./remembered-replica.ts";

/** The replicas of a project, and whether it is up. */
export class DryProject {
  readonly name: string;
  isUp = false;
  readonly #setting: DrySetting;
  #replicas: readonly RememberedReplica[];
  readonly #newcomers = new Map<RememberedReplica, RememberedReplica>();

  constructor(specs: readonly ReplicaSpec[], setting: DrySetting) {
    this.name = setting.project;
    this.#setting = setting;
    this.#replicas = specs.map((spec) => new RememberedReplica(spec, setting));
  }

  /** In declared order, each newcomer after the one that it is beside. */
  get replicas(): readonly RememberedReplica[] {
    return this.#replicas.flatMap((replica) => {
      const newcomer = this.#newcomers.get(replica);
      return newcomer === undefined ? [replica] : [replica, newcomer];
    });
  }

  up(): void {
    for (const replica of this.#replicas) {
      const { state } = replica.view();
      if (!this.isUp) replica.create();
      if (state === "paused") replica.unpause();
      else replica.recreate();
    }
    this.isUp = true;
  }

  down(): void {
    if (!this.isUp) return;
    for (const replica of this.#newcomers.keys()) this.dismiss(replica, "aegis");
    for (const replica of [...this.#replicas].reverse()) {
      replica.end({ code: 0, signal: null }, true);
      replica.remove();
      replica.forget();
    }
    this.isUp = false;
  }

  /** Throws ENVIRONMENT when there is nothing of that key. */
  find({ key }: TargetRef): RememberedReplica {
    if (!this.isUp) throw new AegisError("ENVIRONMENT", `project ${this.name} is not up`);
    const found = this.replicas.find((one) => one.view().key === key);
    if (found !== undefined) return found;
    throw new AegisError("ENVIRONMENT", `nothing of ${this.name} has the key ${key}`);
  }

  /** Ends whatever is still held against a replica: told as done by the policy. */
  putBack(key: string): void {
    const replica = this.replicas.find((one) => one.view().key === key);
    if (!this.isUp || replica === undefined) return;
    const elder = [...this.#newcomers].find(([, newcomer]) => newcomer === replica)?.[0];
    const held = elder ?? replica;
    if (elder === undefined) held.unput();
    held.unpause("policy");
    held.recreate("policy");
    if (elder !== undefined) this.dismiss(elder, "policy");
  }

  /** The newcomer beside a replica. */
  beside({ key }: TargetRef): RememberedReplica | undefined {
    const replica = this.#replicas.find((one) => one.view().key === key);
    return replica && this.#newcomers.get(replica);
  }

  isNewcomer(key: string): boolean {
    return [...this.#newcomers.values()].some((one) => one.view().key === key);
  }

  /** Throws ENVIRONMENT when there is one already. */
  add(target: TargetRef, release: Release): RememberedReplica {
    const replica = this.find(target);
    if (!this.#replicas.includes(replica) || this.#newcomers.has(replica)) {
      throw new AegisError("ENVIRONMENT", `no newcomer can be beside ${target.name}: there is one`);
    }
    const identity = { name: newcomerOf(replica.spec.name), release };
    const newcomer = new RememberedReplica(replica.spec, this.#setting, identity);
    this.#newcomers.set(replica, newcomer);
    newcomer.create();
    newcomer.start("aegis");
    return newcomer;
  }

  /** Throws ENVIRONMENT when the old one runs, or the new one does not. */
  promote(target: TargetRef): void {
    const replica = this.find(target);
    const newcomer = this.#newcomers.get(replica);
    if (newcomer === undefined) return;
    replica.needStopped();
    newcomer.needLife();
    this.#newcomers.delete(replica);
    this.#replicas = this.#replicas.map((one) => (one === replica ? newcomer : one));
    newcomer.succeed(replica);
  }

  dismiss(replica: RememberedReplica, by: EngineEvent["by"]): void {
    const newcomer = this.#newcomers.get(replica);
    newcomer?.end({ code: 0, signal: null }, true);
    newcomer?.remove(by);
    this.#newcomers.delete(replica);
  }
}
