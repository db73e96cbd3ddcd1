import type {
  Can,
  Exec,
  Hold,
  Members,
  Powers,
  Releases,
  StopOutcome,
} from "../../model/powers.ts";
import type { Replica, TargetRef } from "../../model/replica.ts";
import type { Stack } from "../../model/stack.ts";
import { removedReplica } from "../absent-replica.ts";
import { NO_INSIDE, noInside } from "../no-inside.ts";
import { namedReleases } from "../released.ts";
import type { Connection } from "./connection.ts";
import type { CallName, Calls, Move } from "./protocol.ts";
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
  return {
    lifecycle: power,
    crash: power,
    exec: power,
    inside: NO_INSIDE,
    releases: power,
    members: power,
  };
}

/** Everything by way of the supervisor. */
export function createPowers(link: SupervisorLink, stack: Stack): Powers {
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
      kill: async (target, hold) => void (await move("kill", target, hold)),
      stop: async (target, hold) => outcomeOf(await move("stop", target, hold)),
      start: async (target) => void (await move("start", target)),
      restart: async (target, hold) => outcomeOf(await move("restart", target, hold)),
      pause: async (target, hold) => void (await move("pause", target, hold)),
      unpause: async (target) => void (await move("unpause", target)),
      losses: async () => [],
      remove: async (target, hold) => void (await move("remove", target, hold)),
      recreate: async (target) => void (await move("recreate", target)),
    },
    crash: { crash: async (target) => void (await move("crash", target)) },
    exec: createExec(link),
    inside: noInside,
    releases: createReleases(link, stack),
    members: createMembers(link),
  };
}

function createExec(link: SupervisorLink): Exec {
  return {
    run: ({ key }, command, timeoutMs) =>
      link.through(
        () => link.need(),
        (connection) =>
          connection.call("exec", { key, command, timeoutMs }, { limitMs: timeoutMs + ANSWER_MS }),
      ),
    hold: async ({ key }, harm, hold) =>
      void (await askThrough(link)("holdCommand", { key, harm, hold })),
    free: ({ key }, harm) =>
      link.through(
        () => link.find(),
        async (connection) => void (await connection?.call("freeCommand", { key, harm })),
      ),
  };
}

/** What versions there are, the stack says as it is declared now: one may have been added since it was started. */
function createReleases(link: SupervisorLink, stack: Stack): Releases {
  const ask = askThrough(link);
  return {
    named: async (target) => namedReleases(stack, target),
    source: async () => null,
    of: ({ key }) => ask("releaseOf", { key }),
    address: async () => null,
    dropUnused: async () => [],
    pin: ({ key }, release) => ask("pin", { key, release }),
    put: async ({ key }, release) => void (await ask("put", { key, release })),
  };
}

function createMembers(link: SupervisorLink): Members {
  const ask = askThrough(link);
  const ifUp = <T>(work: (connection: Connection | null) => Promise<T>): Promise<T> =>
    link.through(() => link.find(), work);
  return {
    refusal: ({ key }) => ask("refusal", { key }),
    add: ({ key }, release, hold) => ask("add", { key, release, hold }),
    beside: ({ key }) =>
      ifUp(async (connection) => (await connection?.call("beside", { key })) ?? null),
    promote: async ({ key }) => void (await ask("promote", { key })),
    dismiss: ({ key }) =>
      ifUp(async (connection) => {
        await connection?.call("dismiss", { key }, { limitMs: link.limits.move });
      }),
  };
}

/** Moves may have to wait until a stop has come to its end. */
function askThrough(link: SupervisorLink) {
  return <Name extends CallName>(
    name: Name,
    params: Calls[Name]["params"],
  ): Promise<Calls[Name]["result"]> =>
    link.through(
      () => link.need(),
      (connection) => connection.call(name, params, { limitMs: link.limits.move }),
    );
}

function outcomeOf(result: StopOutcome | null): StopOutcome {
  if (result === null) throw new TypeError("the supervisor answered a stop without its outcome");
  return result;
}

async function stateOf(connection: Connection | null, target: TargetRef): Promise<Replica> {
  const replicas = connection === null ? null : await connection.call("replicas", null);
  return replicas?.find(({ key }) => key === target.key) ?? removedReplica(target);
}
