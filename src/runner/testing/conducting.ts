import type { Engine } from "../../engines/engine.ts";
import type { World } from "../../kit/world.ts";
import type { InjectionRecord, JournalRecord } from "../../model/journal.ts";
import type { StepKind } from "../../model/kind.ts";
import type { Ledger } from "../../state/ledger.ts";
import { Conductor } from "../conductor.ts";
import type { Told } from "../conductor-options.ts";
import { Patience } from "../patience.ts";
import { ReplicaView } from "../replica-view.ts";

/** What a conductor of a test works on. */
export interface Conducting {
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly world: World;
  /** Ends its listening to the engine. */
  readonly stop: AbortSignal;
  readonly kinds: readonly StepKind[];
  readonly patience?: Patience | undefined;
}

/** A conductor that listens to its engine, and all that it has said. */
export async function conducting({ engine, ledger, world, stop, kinds, patience }: Conducting) {
  const records: JournalRecord[] = [];
  const told: Told[] = [];
  const gaveUp: string[] = [];
  const view = new ReplicaView();
  const epoch = world.clock.now();
  const lease = await engine.lease({ ttlMs: 10_000, downOnExpiry: false });
  const conductor = new Conductor({
    engine,
    ledger,
    kinds,
    run: "r1",
    lease: lease.id,
    clock: world.clock,
    now: () => world.clock.now() - epoch,
    write: (record) => records.push(record),
    tell: (one) => told.push(one),
    patience: patience ?? new Patience(engine, world.clock),
    giveUp: (detail) => gaveUp.push(detail),
    crash: (thrown) => {
      throw thrown;
    },
    mask: (text) => text,
    view,
    courseOf: () => {
      throw new Error("no kind here has stages");
    },
    answers: () => false,
  });
  void (async () => {
    for await (const event of engine.events(stop)) {
      view.see(event);
      conductor.seeEvent(event, event.at - epoch);
    }
  })();
  const stages = (): string[] =>
    records
      .filter((record): record is InjectionRecord => record.type === "injection")
      .map(({ stage }) => stage);
  return { conductor, stages, told, records, gaveUp };
}
