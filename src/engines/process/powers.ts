import type { Can, Hold, Powers, StopOutcome } from "../../model/powers.ts";
import type { Replica, TargetRef } from "../../model/replica.ts";
import { removedReplica } from "../absent-replica.ts";
import type { Connection } from "./connection.ts";
import type { Move } from "./protocol.ts";
import type { SupervisorLink } from "./supervisor-link.ts";
import { ANSWER_MS } from "./time-limits.ts";

/** Signals and process groups are all it takes: every Unix has them. */
export function canOn(platform: NodeJS.Platform): Can {
  const power =
    platform === "linux" || platform === "darwin"
      ? true
      : ({
          no: `plain processes cannot be paused or killed as a group on ${platform}`,
          hint: "use Linux or macOS",
        } as const);
  return { lifecycle: power, exec: power };
}

/** Lifecycle and exec by way of the supervisor. */
export function createPowers(link: SupervisorLink): Powers {
  const move = async (name: Move, { key }: TargetRef, hold: Hold | null = null) =>
    link.through(
      () => link.need(),
      (connection) =>
        connection.call("move", { move: name, key, hold }, { limitMs: link.limits.move }),
    );
  return {
    lifecycle: {
      stateOf: (target) =>
        link.through(
          () => link.find(),
          (connection) => stateOf(connection, target),
        ),
      crash: async (target) => void (await move("crash", target)),
      kill: async (target, hold) => void (await move("kill", target, hold)),
      stop: async (target, hold) => outcomeOf(await move("stop", target, hold)),
      start: async (target) => void (await move("start", target)),
      restart: async (target) => outcomeOf(await move("restart", target)),
      pause: async (target, hold) => void (await move("pause", target, hold)),
      unpause: async (target) => void (await move("unpause", target)),
      remove: async (target, hold) => void (await move("remove", target, hold)),
      recreate: async (target) => void (await move("recreate", target)),
    },
    exec: {
      run: ({ key }, command, timeoutMs) =>
        link.through(
          () => link.need(),
          (connection) =>
            connection.call(
              "exec",
              { key, command, timeoutMs },
              { limitMs: timeoutMs + ANSWER_MS },
            ),
        ),
    },
  };
}

function outcomeOf(result: StopOutcome | null): StopOutcome {
  if (result === null) throw new TypeError("the supervisor answered a stop without its outcome");
  return result;
}

async function stateOf(connection: Connection | null, target: TargetRef): Promise<Replica> {
  const replicas = connection === null ? null : await connection.call("replicas", null);
  return replicas?.find(({ key }) => key === target.key) ?? removedReplica(target);
}
