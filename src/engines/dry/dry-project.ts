import { AegisError } from "../../kit/errors.ts";
import type { TargetRef } from "../../model/replica.ts";
import type { RememberedReplica } from "./remembered-replica.ts";

/** The replicas of a project, and whether it is up. */
export class DryProject {
  readonly name: string;
  readonly replicas: readonly RememberedReplica[];
  isUp = false;

  constructor(name: string, replicas: readonly RememberedReplica[]) {
    this.name = name;
    this.replicas = replicas;
  }

  up(): void {
    for (const replica of this.replicas) {
      const { state } = replica.view();
      if (!this.isUp) replica.create();
      if (state === "paused") replica.unpause();
      else replica.recreate();
    }
    this.isUp = true;
  }

  down(): void {
    if (!this.isUp) return;
    for (const replica of [...this.replicas].reverse()) {
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
    replica.unpause("policy");
    replica.recreate("policy");
  }
}
