import type { Hold } from "../../model/powers.ts";
import type { EngineEvent, TargetRef } from "../../model/replica.ts";
import type { Release } from "../../model/stack.ts";
import type { Fleet } from "./fleet.ts";
import type { Leases } from "./leases.ts";
import type { ReplicaProcess } from "./replica-process.ts";
import type { Handlers } from "./server.ts";
import { within } from "./within.ts";

type ReleaseHandlers = Pick<
  Handlers,
  "releaseOf" | "pin" | "put" | "refusal" | "add" | "beside" | "promote" | "dismiss"
>;

/** The calls that change what replicas run, or put a newcomer into their place. */
export function createReleaseHandlers(fleet: Fleet, leases: Leases): ReleaseHandlers {
  const { newcomers } = fleet;
  return {
    releaseOf: async ({ key }) => fleet.byKey(key).record.release,
    pin: async ({ key, release }) => fleet.pin(fleet.byKey(key), release),
    put: async ({ key, release }) => {
      await fleet.byKey(key).put(release);
      return null;
    },
    refusal: async ({ key }) => fleet.refusal(fleet.byKey(key)),
    add: async ({ key, release, hold }) => {
      if (hold !== null) leases.demand(hold.lease);
      return addBeside(fleet, leases, { replica: fleet.byKey(key), release, hold });
    },
    beside: async ({ key }) => besideOf(fleet, key)?.view() ?? null,
    promote: async ({ key }) => {
      const replica = fleet.byKey(key);
      const newcomerKey = newcomers.beside(replica)?.view().key;
      await newcomers.promote(replica);
      leases.drop(key);
      if (newcomerKey !== undefined) leases.drop(newcomerKey);
      return null;
    },
    dismiss: async ({ key }) => {
      const newcomer = besideOf(fleet, key);
      const replica = newcomer && newcomers.elder(newcomer);
      if (newcomer === undefined || replica === undefined) return null;
      const own = newcomer.view().key;
      await newcomers.dismiss(replica);
      leases.drop(own);
      return null;
    },
  };
}

function besideOf(fleet: Fleet, key: string): ReplicaProcess | undefined {
  const replica = fleet.find(key);
  return replica && fleet.newcomers.beside(replica);
}

interface Addition {
  readonly replica: ReplicaProcess;
  readonly release: Release;
  readonly hold: Hold | null;
}

/** A lease that runs out while the newcomer is being made finds nothing to put back: then it is dismissed here. */
async function addBeside(
  fleet: Fleet,
  leases: Leases,
  { replica, release, hold }: Addition,
): Promise<TargetRef> {
  const newcomer = await fleet.newcomers.add(replica, release);
  const view = newcomer.view();
  try {
    if (hold !== null) leases.hold(hold, view);
  } catch (thrown) {
    await fleet.newcomers.dismiss(replica);
    throw thrown;
  }
  const { key, service, name, instance } = view;
  return { key, service, name, instance };
}

/** How long the old one may take to serve again before the newcomer goes all the same. */
const READY_MS = 5_000;

/** What becomes of a newcomer whose lease has ended: first the old one serves again, then the newcomer goes. */
export async function withdraw(
  fleet: Fleet,
  replica: ReplicaProcess,
  by: EngineEvent["by"],
): Promise<void> {
  await replica.unpause(by);
  await replica.recreate(true, by);
  await within(fleet.events, READY_MS, () => replica.view().ready);
  await fleet.newcomers.dismiss(replica, by);
}
