import { AegisError } from "../../../kit/errors.ts";
import type { Lease, LeaseOptions } from "../../engine.ts";
import type { DockerClient } from "../client.ts";
import { removeHelper } from "../helper/container.ts";
import type { Warden } from "./container.ts";
import { AnsweredError, goneError } from "./link.ts";
import type { CallName, Calls, DownPlan } from "./program/wire.ts";

/** A warden that writes a line to its disk answers at once, but the machine may be busy. */
const ANSWER_MS = 20_000;
/** What is held is undone meanwhile, and the daemon may be slow. */
const RELEASE_MS = 90_000;

interface Taken {
  /** Neither released nor lost nor given up. */
  isOurs: boolean;
  readonly lose: (reason: AegisError) => void;
}

/** The helper container of this engine instance with the leases that are taken out from it. It goes with the last of them. */
export class OwnWarden {
  readonly warden: Warden;
  readonly #client: DockerClient;
  readonly #leases = new Map<string, Taken>();
  /** Leases that are not yet released, and those that are just being opened. */
  #users = 0;
  #isRetired = false;

  constructor(warden: Warden, client: DockerClient) {
    this.warden = warden;
    this.#client = client;
    void warden.link.closed.then(() => {
      for (const lease of this.#leases.values()) lease.lose(goneError(warden.name));
    });
  }

  /** Can more be asked of it? */
  get isOpen(): boolean {
    return this.warden.link.isOpen && !this.#isRetired;
  }

  /** Told by the warden: that lease has run out. When nothing else hangs on it, it goes. */
  ended(id: string): void {
    this.#leases.get(id)?.lose(endedError(id));
    const isOpening = this.#users > this.#leases.size;
    const others = [...this.#leases.values()].filter(({ isOurs }) => isOurs);
    if (others.length === 0 && !isOpening) this.#isRetired = true;
  }

  async open(id: string, options: LeaseOptions, down: DownPlan | null): Promise<Lease> {
    this.#users++;
    try {
      await this.call("open", { lease: id, ttlMs: options.ttlMs, down });
      return this.#take(id, options.ttlMs);
    } catch (thrown) {
      this.#users--;
      throw thrown;
    }
  }

  /** Has that lease been taken out from here, and not ended? */
  has(id: string): boolean {
    return this.#leases.get(id)?.isOurs ?? false;
  }

  call<Name extends CallName>(name: Name, params: Calls[Name], limitMs = ANSWER_MS): Promise<void> {
    return this.warden.link.call(name, params, limitMs);
  }

  /** From now on its end is our doing. */
  giveUp(): void {
    this.#isRetired = true;
    for (const lease of this.#leases.values()) lease.isOurs = false;
  }

  #take(id: string, ttlMs: number): Lease {
    const lost = new AbortController();
    const renew = async (): Promise<void> => {
      await this.call("renew", { lease: id }, ttlMs).catch((thrown) => {
        lease.lose(thrown instanceof AnsweredError ? endedError(id) : (thrown as AegisError));
      });
    };
    const timer = setInterval(renew, ttlMs / 3);
    timer.unref();
    const lease: Taken = {
      isOurs: true,
      lose: (reason) => {
        clearInterval(timer);
        if (!lease.isOurs) return;
        lease.isOurs = false;
        lost.abort(reason);
      },
    };
    this.#leases.set(id, lease);
    let released: Promise<void> | undefined;
    const release = async (): Promise<void> => {
      lease.isOurs = false;
      clearInterval(timer);
      await this.#release(id);
    };
    return {
      id,
      lost: lost.signal,
      release: () => {
        released ??= release();
        return released;
      },
    };
  }

  async #release(id: string): Promise<void> {
    try {
      if (this.isOpen) await this.call("release", { lease: id }, RELEASE_MS);
    } catch (thrown) {
      if (this.isOpen) throw thrown;
    } finally {
      this.#leases.delete(id);
      this.#users--;
    }
    if (this.#users === 0 && this.isOpen) await this.#remove();
  }

  async #remove(): Promise<void> {
    this.giveUp();
    await removeHelper(this.#client, this.warden);
    this.warden.link.close();
  }
}

export function endedError(id: string): AegisError {
  return new AegisError("ENVIRONMENT", `the lease ${id} has run out: it was not renewed in time`, {
    hint: "what was held under it has been undone; run the command again",
  });
}
