import { AegisError } from "../../kit/errors.ts";
import type { EngineEvent } from "../../model/replica.ts";
import type { Release } from "../../model/stack.ts";
import { createTurns } from "../turns.ts";
import type { ReplicaProcess } from "./replica-process.ts";

/** What newcomers need of the fleet that they come to. */
export interface Neighbourhood {
  /** Why none can be beside that replica; null: it can. */
  readonly refusal: (replica: ReplicaProcess) => string | null;
  /** Makes one, with ports of its own. Rejects with ENVIRONMENT when there are none. */
  readonly make: (replica: ReplicaProcess, release: Release) => Promise<ReplicaProcess>;
  /** A newcomer stands for the declared replica from now on. */
  readonly replace: (replica: ReplicaProcess, newcomer: ReplicaProcess) => void;
}

/** Those who serve beside a declared replica, to take its place; one beside each. */
export class Newcomers {
  readonly #around: Neighbourhood;
  readonly #beside = new Map<ReplicaProcess, ReplicaProcess>();
  /** One after the other, so that no two choose one port. */
  readonly #inTurn = createTurns();

  constructor(around: Neighbourhood) {
    this.#around = around;
  }

  /** The newcomer beside a declared replica. */
  beside(replica: ReplicaProcess): ReplicaProcess | undefined {
    return this.#beside.get(replica);
  }

  /** The declared replica that a newcomer is beside. */
  elder(newcomer: ReplicaProcess): ReplicaProcess | undefined {
    return [...this.#beside].find(([, one]) => one === newcomer)?.[0];
  }

  /** Starts one. Rejects with ENVIRONMENT (there is one, it would be of no use, it cannot be started). */
  add(replica: ReplicaProcess, release: Release): Promise<ReplicaProcess> {
    return this.#inTurn(async () => {
      const refusal = this.#whyNot(replica);
      if (refusal !== null) {
        throw new AegisError(
          "ENVIRONMENT",
          `no newcomer can be beside ${replica.name}: ${refusal}`,
          { hint: "use the strategy `in-place`" },
        );
      }
      const newcomer = await this.#around.make(replica, release);
      this.#beside.set(replica, newcomer);
      try {
        await newcomer.start();
      } catch (thrown) {
        await this.dismiss(replica);
        throw thrown;
      }
      return newcomer;
    });
  }

  /** The newcomer is the replica from now on. Rejects with ENVIRONMENT when the old one runs, or the new one does not. */
  async promote(replica: ReplicaProcess): Promise<void> {
    const newcomer = this.#beside.get(replica);
    if (newcomer === undefined) return;
    await replica.cede(() => {
      newcomer.needFit();
      this.#beside.delete(replica);
      this.#around.replace(replica, newcomer);
      newcomer.succeed(replica);
    });
  }

  /** Stops it with its grace and forgets it. */
  async dismiss(replica: ReplicaProcess, by: EngineEvent["by"] = "aegis"): Promise<void> {
    const newcomer = this.#beside.get(replica);
    if (newcomer === undefined) return;
    await newcomer.dismiss(by);
    if (this.#beside.get(replica) === newcomer) this.#beside.delete(replica);
  }

  #whyNot(replica: ReplicaProcess): string | null {
    if (replica.isNewcomer) return "it is one itself";
    if (this.#beside.has(replica)) return "there is one already";
    return this.#around.refusal(replica);
  }
}
