import { AegisError } from "../../kit/errors.ts";
import type { EngineEvent, EngineEventType, TargetRef } from "../../model/replica.ts";
import { createTurns, type Turns } from "../turns.ts";
import type { Project } from "./project.ts";
import type { ReplicaRecord } from "./replica-record.ts";
import { recordOf } from "./targets.ts";
import type { Watch } from "./watch.ts";

/** What is done to replicas: one thing after the other to each of them. */
export interface Moves {
  /** Rejects with ENVIRONMENT when there is no such replica. */
  inTurn<T>(
    target: TargetRef,
    move: (record: ReplicaRecord, watch: Watch) => Promise<T>,
  ): Promise<T>;
  /**
   * Does something, whose events are then known as ours, and resolves when the last expected one has been told.
   * `what` as in "Docker did not tell that app1 has ended".
   */
  command(watch: Watch, record: ReplicaRecord, plan: CommandPlan): Promise<void>;
}

export interface CommandPlan {
  readonly expects: readonly EngineEventType[];
  readonly run: () => Promise<unknown>;
  /** Has it taken effect? */
  readonly until: (record: ReplicaRecord) => boolean;
  readonly what: string;
  /** Looks in between whether it took effect without an event. */
  readonly lookAgain?: boolean;
}

/** How long Docker may take to tell of what it has done. */
const TELL_MS = 15_000;
const LOOK_AGAIN_MS = 50;

export function createMoves(project: Project): Moves {
  const turns = new Map<string, Turns>();
  const turnsOf = (key: string): Turns => {
    const known = turns.get(key) ?? createTurns();
    turns.set(key, known);
    return known;
  };
  return {
    inTurn: (target, move) =>
      turnsOf(target.key)(async () => {
        const watch = await project.watch();
        return move(recordOf(watch, project.stack.project, target), watch);
      }),
    command: async (watch, record, { expects, run, until, what, lookAgain = false }) => {
      const command = project.commands.begin(record.key, expects);
      const look = (): void => void watch.refresh(record).catch(() => undefined);
      const timer = lookAgain ? setInterval(look, LOOK_AGAIN_MS) : undefined;
      try {
        await run();
        await watch.settle(
          () => until(record),
          TELL_MS,
          () => silence(record, what),
        );
      } finally {
        clearInterval(timer);
        command.end();
      }
    },
  };
}

/** Collects the events of one replica while something is done to it. */
export async function eventsDuring(
  watch: Watch,
  { key }: ReplicaRecord,
  work: () => Promise<unknown>,
): Promise<readonly EngineEvent[]> {
  const events: EngineEvent[] = [];
  const stopListening = watch.events.listen((event) => {
    if (event.replica.key === key) events.push(event);
  });
  try {
    await work();
  } finally {
    stopListening();
  }
  return events;
}

function silence({ spec }: ReplicaRecord, what: string): AegisError {
  const message = `Docker did not tell within ${TELL_MS / 1000} s that ${spec.name} ${what}`;
  return new AegisError("ENVIRONMENT", message, { hint: "is the daemon overloaded?" });
}
