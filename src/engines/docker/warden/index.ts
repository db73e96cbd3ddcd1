import { AegisError } from "../../../kit/errors.ts";
import type { Hold, Power } from "../../../model/powers.ts";
import type { Lease, LeaseOptions } from "../../engine.ts";
import type { HelperPlace } from "../helper/image.ts";
import { startWarden } from "./container.ts";
import { AnsweredError } from "./link.ts";
import { expireWardens, isFree, removeHelpers } from "./others.ts";
import { endedError, OwnWarden } from "./own-warden.ts";
import type { DownPlan, Undo } from "./program/wire.ts";

export type { CreateOptions, DownPlan, Undo } from "./program/wire.ts";

/** A process to crash: the main one of a container. */
export interface Victim {
  /** The container's full id. */
  readonly id: string;
  /** `State.Pid`: in the pid namespace of the daemon's host. */
  readonly pid: number;
  /** For people. */
  readonly name: string;
}

/**
 * The helper containers that outlive aegis: they hold leases, undo what is held when one ends, and crash. At most one of
 * our own, made when it is first needed. What they undo is, seen from here, done by policy.
 */
export interface Wardens {
  /** True until a daemon has refused a helper in the host's pid namespace. */
  readonly canCrash: Power;
  /** See Engine.lease. Rejects ENVIRONMENT when no helper can be started. */
  open(options: LeaseOptions & { readonly down: DownPlan | null }): Promise<Lease>;
  /** Before the harm: when it resolves, the undo is certain. Rejects ENVIRONMENT when the lease has ended. */
  hold(hold: Hold, undo: Undo): Promise<void>;
  /**
   * The replica runs again as it should, by whatever command: nothing of it is held any more but what commands undo; with
   * `undo`, what that command has undone. Idempotent.
   */
  free(key: string, undo?: readonly string[]): Promise<void>;
  /** SIGKILL from outside. Rejects ENVIRONMENT when that process is no longer the container's, or when `canCrash` is not true. */
  crash(victim: Victim): Promise<void>;
  /** Has no other warden of the project an owner that lives, as far as can be told? */
  isFree(): Promise<Power>;
  /** Ends the leases of all other wardens of the project: resolves when they have undone what they held and are gone. Rejects ENVIRONMENT when it is not free. */
  expireOthers(): Promise<void>;
  /** Hangs up. What is still held is undone at once. */
  close(): void;
  /** At down: removes every helper container of the project, or all but our own warden; nothing is undone. Our own leases end without being lost. */
  dismiss(which?: "others"): Promise<void>;
}

/** Starts nothing yet. */
export function createWardens(place: HelperPlace): Wardens {
  const { client, world } = place;
  let canCrash: Power = true;
  let starting: Promise<OwnWarden> | null = null;
  let own: OwnWarden | null = null;

  const start = async (): Promise<OwnWarden> => {
    const onEnded = (lease: string): void => made?.ended(lease);
    let made: OwnWarden | null = null;
    const warden = await startWarden({ ...place, onEnded });
    made = new OwnWarden(warden, client);
    canCrash = warden.canCrash;
    own = made;
    return made;
  };
  const get = async (): Promise<OwnWarden> => {
    if (own?.isOpen) return own;
    starting ??= start().finally(() => {
      starting = null;
    });
    return starting;
  };
  /** Our own, without making one. */
  const current = async (): Promise<OwnWarden | null> => {
    const found = starting === null ? own : await starting.catch(() => null);
    return found?.isOpen ? found : null;
  };

  return {
    get canCrash() {
      return canCrash;
    },
    open: async (options) => {
      const open = async () => (await get()).open(world.drawId(), options, options.down);
      return open().catch((thrown) => {
        if (own?.isOpen) throw thrown;
        return open();
      });
    },
    hold: async (hold, undo) => {
      const warden = await current();
      if (!warden?.has(hold.lease)) throw endedError(hold.lease);
      await warden.call("hold", { lease: hold.lease, undo }).catch((thrown) => {
        throw thrown instanceof AnsweredError ? endedError(hold.lease) : thrown;
      });
    },
    free: async (key, undo) => {
      const warden = await current();
      await warden?.call("free", { key, undo: undo ?? null }).catch((thrown) => {
        if (warden.isOpen && !(thrown instanceof AnsweredError)) throw thrown;
      });
    },
    crash: async (victim) => crash(await get(), victim),
    isFree: async () => isFree(place, (await current())?.warden.id ?? null),
    expireOthers: async () => expireWardens(place, (await current())?.warden.id ?? null),
    close: () => {
      void current().then((warden) => {
        warden?.giveUp();
        warden?.warden.link.close();
      });
    },
    dismiss: async (which) => {
      const warden = await current();
      if (which === "others") return removeHelpers(place, warden?.warden.id ?? null);
      warden?.giveUp();
      await removeHelpers(place, null);
      warden?.warden.link.close();
    },
  };
}

async function crash(own: OwnWarden, { id, pid, name }: Victim): Promise<void> {
  const { canCrash } = own.warden;
  if (canCrash !== true) {
    throw new AegisError("ENVIRONMENT", `cannot crash ${name}: ${canCrash.no}`, {
      hint: canCrash.hint,
    });
  }
  await own.call("crash", { container: id, pid }).catch((thrown) => {
    if (!(thrown instanceof AnsweredError)) throw thrown;
    throw thrown.code === "not-running"
      ? new AegisError("ENVIRONMENT", `cannot crash ${name}: it no longer runs`)
      : new AegisError("ENVIRONMENT", `cannot crash ${name}: ${thrown.message}`);
  });
}
