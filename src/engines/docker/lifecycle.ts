import type { Container } from "dockerode";
import type { Crash, Hold, Lifecycle, StopOutcome } from "../../model/powers.ts";
import type { ReplicaState, TargetRef } from "../../model/replica.ts";
import { removedReplica } from "../absent-replica.ts";
import { stopOutcome } from "../stop-outcome.ts";
import { lookAt } from "./look.ts";
import { lossesOf } from "./losses.ts";
import { eventsDuring, type Moves } from "./moves.ts";
import type { Project } from "./project.ts";
import { tidy } from "./releases/standing.ts";
import { createRemovals } from "./removals.ts";
import type { ReplicaRecord } from "./replica-record.ts";
import { identityIn, needExistence, needLife, needMotion, type Present } from "./targets.ts";
import type { Undo } from "./warden/index.ts";
import type { Watch } from "./watch.ts";

/** Answers of the API: nothing had to be done; it is in no state for it (it has just ended by itself). */
const NOTHING_TO_DO = 304;
const CONFLICT = 409;
const LIVING: ReadonlySet<ReplicaState> = new Set(["running", "paused"]);

/** Lifecycle and crash by Docker's API and the wardens. */
export function createLifecycle(project: Project, moves: Moves): Lifecycle & Crash {
  const removals = createRemovals(project, moves);
  const free = ({ key }: TargetRef): Promise<void> => project.wardens.free(key);
  return {
    stateOf: async (target) => {
      const isKnown = (await project.watch()).byKey(target.key) !== undefined;
      if (!isKnown) return removedReplica(target);
      return moves.inTurn(target, async (record) =>
        removals.found(record, await lookAt(project, record)),
      );
    },
    kill: (target, hold) =>
      moves.inTurn(target, async (record, watch) => {
        if (record.state !== "restarting") needLife(record);
        needExistence(record);
        await project.wardens.hold(hold, startAgain(project, record));
        await kill(project, moves, watch, record);
      }),
    stop: (target, hold) =>
      moves.inTurn(target, (record, watch) => stop(project, moves, watch, record, hold)),
    start: async (target) => {
      await moves.inTurn(target, (record, watch) => start(project, moves, watch, record));
      await free(target);
    },
    restart: async (target, hold) => {
      const outcome = await moves.inTurn(target, async (record, watch) => {
        const stopped = await stop(project, moves, watch, record, hold);
        await start(project, moves, watch, record);
        return stopped;
      });
      await free(target);
      return outcome;
    },
    pause: (target, hold) =>
      moves.inTurn(target, async (record, watch) => {
        needLife(record);
        const { id } = record.container;
        await project.wardens.hold(hold, { ...named(record), do: "unpause", id });
        if (record.state === "paused") return;
        await moves.command(watch, record, {
          expects: ["paused"],
          run: () => project.ask(apiOf(project, record).pause(), `pause ${record.spec.name}`),
          until: ({ state }) => state === "paused",
          what: "is paused",
        });
      }),
    unpause: async (target) => {
      await moves.inTurn(target, (record, watch) => unpause(project, moves, watch, record));
      await free(target);
    },
    losses: (target) => moves.inTurn(target, (record) => lossesOf(project, record)),
    remove: (target, hold) =>
      moves.inTurn(target, (record, watch) => removals.remove(watch, record, hold)),
    recreate: async (target) => {
      await moves.inTurn(target, async (record, watch) => {
        const { state } = await lookAt(project, record);
        if (removals.isOpen(record, state)) await removals.recreate(watch, record);
        else await start(project, moves, watch, record);
      });
      await free(target);
    },
    crash: (target) =>
      moves.inTurn(target, async (record, watch) => {
        needMotion(record);
        const { id, pid } = record.container;
        const { deaths } = record;
        await moves.command(watch, record, {
          expects: ["died"],
          run: () => project.wardens.crash({ id, pid, name: record.spec.name }),
          until: (now) => now.deaths > deaths,
          what: "has died",
        });
      }),
  };
}

function named({ key, spec }: ReplicaRecord): { readonly key: string; readonly name: string } {
  return { key, name: spec.name };
}

function startAgain({ stack }: Project, record: Present): Undo {
  const identity = identityIn(stack, record.spec);
  return { ...named(record), do: "start", id: record.container.id, identity };
}

function apiOf({ client }: Project, { container }: Present): Container {
  return client.api.getContainer(container.id);
}

/** Docker takes a kill through its API for the user's will: no policy revives what has been killed so. */
async function kill(project: Project, moves: Moves, watch: Watch, record: Present): Promise<void> {
  const api = apiOf(project, record);
  await moves.command(watch, record, {
    expects: ["died"],
    run: () => project.ask(api.kill(), `kill ${record.spec.name}`, CONFLICT),
    until: ({ state }) => state === "exited",
    what: "has ended",
    lookAgain: true,
  });
}

async function stop(
  project: Project,
  moves: Moves,
  watch: Watch,
  record: ReplicaRecord,
  hold: Hold | null,
): Promise<StopOutcome> {
  needExistence(record);
  if (hold !== null) await project.wardens.hold(hold, startAgain(project, record));
  const nothingToDo = (): StopOutcome => {
    const { code: exitCode, signal } = record.lastExit ?? { code: null, signal: null };
    return { outcome: "drained", exitCode, signal, tookMs: 0 };
  };
  if (record.state === "exited" || record.state === "created") return nothingToDo();
  const { name, stopGraceMs } = record.spec;
  const { stopSignal } = record.container;
  const api = apiOf(project, record);
  const from = project.world.clock.now();
  const events = await eventsDuring(watch, record, () =>
    moves.command(watch, record, {
      expects: ["unpaused", "died"],
      run: () =>
        project.ask(api.stop({ t: Math.ceil(stopGraceMs / 1000) }), `stop ${name}`, NOTHING_TO_DO),
      until: ({ state }) => state === "exited",
      what: "has ended",
      lookAgain: true,
    }),
  );
  const died = events.find(({ type }) => type === "died");
  if (died === undefined) return nothingToDo();
  const { exitCode, signal } = died;
  return {
    outcome: stopOutcome({ code: exitCode, signal }, stopSignal),
    exitCode,
    signal,
    tookMs: Math.round((died.at - from) / 1000),
  };
}

/** One that waits for its policy to revive it is revived now. */
async function start(
  project: Project,
  moves: Moves,
  watch: Watch,
  record: ReplicaRecord,
): Promise<void> {
  needExistence(record);
  await tidy(project, record);
  const { state } = await lookAt(project, record);
  if (record.isAlive && LIVING.has(state)) return;
  const api = apiOf(project, record);
  const { name } = record.spec;
  const { bornAt } = record;
  await moves.command(watch, record, {
    expects: ["started"],
    run: () =>
      state === "restarting"
        ? project.ask(api.restart({ t: 0 }), `start ${name}`)
        : project.ask(api.start(), `start ${name}`, NOTHING_TO_DO),
    until: (now) => now.bornAt > bornAt,
    what: "has started",
  });
}

async function unpause(
  project: Project,
  moves: Moves,
  watch: Watch,
  record: ReplicaRecord,
): Promise<void> {
  if (record.container === null || (await lookAt(project, record)).state !== "paused") return;
  const api = apiOf(project, record as Present);
  await moves.command(watch, record, {
    expects: ["unpaused"],
    run: () => project.ask(api.unpause(), `unpause ${record.spec.name}`),
    until: ({ state }) => state !== "paused",
    what: "is no longer paused",
  });
}
