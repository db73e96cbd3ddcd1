import { AegisError } from "../../kit/errors.ts";
import type { Dependency } from "../../model/stack.ts";
import type { Fleet } from "./fleet.ts";
import type { ReplicaProcess } from "./replica-process.ts";

/** What can be waited for of a replica that has been started. */
export type Goal = Dependency["condition"] | "ready";

/** Waiting was given up from outside: for want of time, or because another replica failed. */
export class GivenUp extends Error {
  override readonly name = "GivenUp";
}

/** A replica that its policy revives may die that often before waiting for it is hopeless. */
const HOPELESS_DEATHS = 3;
const SHOWN_LOG_LINES = 20;

/** Resolves when the replica has got there; rejects with ENVIRONMENT when it cannot any more, with GivenUp by the signal. */
export async function reach(
  fleet: Fleet,
  replica: ReplicaProcess,
  goal: Goal,
  deathsBefore: number,
  signal: AbortSignal,
): Promise<void> {
  const hopeless = await new Promise<string | null>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      stopListening();
      signal.removeEventListener("abort", giveUp);
      settle();
    };
    const giveUp = (): void => finish(() => reject(new GivenUp()));
    const look = (): void => {
      const reason = whyHopeless(replica, goal, deathsBefore);
      if (reason !== null) finish(() => resolve(reason));
      else if (isReached(replica, goal)) finish(() => resolve(null));
    };
    const stopListening = fleet.events.listen(look);
    signal.addEventListener("abort", giveUp);
    if (signal.aborted) giveUp();
    else look();
  });
  if (hopeless !== null) throw await failure(replica, hopeless);
}

/** An error that tells why a replica failed, with the last lines it printed. */
export async function failure(replica: ReplicaProcess, reason: string): Promise<AegisError> {
  await replica.lastWords();
  const lines = replica.log.read(SHOWN_LOG_LINES).map(({ text }) => `  | ${text}`);
  const logs =
    lines.length === 0 ? "It printed nothing." : `Its last log lines:\n${lines.join("\n")}`;
  return new AegisError("ENVIRONMENT", `${replica.spec.name} ${reason}. ${logs}`, {
    hint: `its command: ${(replica.spec.process?.command ?? []).join(" ")}`,
  });
}

/** Has it got there? */
export function isReached(replica: ReplicaProcess, goal: Goal): boolean {
  const { state, health, ready } = replica.view();
  switch (goal) {
    case "started":
      return state !== "created";
    case "healthy":
      return health === "none" ? ready : health === "healthy";
    case "completed":
      return state === "exited" && replica.record.lastExit.code === 0;
    case "ready":
      return ready;
  }
}

function whyHopeless(replica: ReplicaProcess, goal: Goal, deathsBefore: number): string | null {
  const { state, health } = replica.view();
  const { code, signal } = replica.record.lastExit;
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  if (goal === "started") return null;
  if (state === "removed") return "was removed while it was waited for";
  if (state === "exited" && !(goal === "completed" && code === 0)) {
    return goal === "completed" ? `${how}, and others wait for it to complete` : how;
  }
  if (replica.record.deaths - deathsBefore >= HOPELESS_DEATHS) {
    return `${how}, ${HOPELESS_DEATHS} times in a row`;
  }
  return goal === "healthy" && health === "unhealthy"
    ? "is unhealthy, and others wait for it"
    : null;
}
