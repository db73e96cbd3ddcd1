import { afterEach, beforeEach, expect, vi } from "vitest";
import type { Clock } from "../../kit/world.ts";
import type { Hold, Lifecycle, PowerName } from "../../model/powers.ts";
import type { EngineEvent, EngineEventType, Replica } from "../../model/replica.ts";
import type { Engine } from "../engine.ts";

/** An engine under test, over the stack of `stack.ts`. */
export interface ContractSubject {
  readonly name: string;
  /** Do replicas really answer, print and run commands, or are they only remembered? */
  readonly real: boolean;
  /** Powers that it does not have anywhere, and says so. */
  readonly lacks?: readonly PowerName[];
  readonly clock: Clock;
  /** A new project, not up. */
  open(): Promise<Engine>;
  /** The same without any replica. */
  openEmpty(): Promise<Engine>;
}

/** One engine per test, and what tests do with it over and over. */
export interface ContractBench {
  readonly subject: ContractSubject;
  readonly engine: Engine;
  readonly lifecycle: Lifecycle;
  /** Every event since the test began. */
  readonly seen: readonly EngineEvent[];
  up(): Promise<void>;
  get(name: string): Promise<Replica>;
  /** Under a new lease. */
  hold(): Promise<Hold>;
  /** Waits for an event about a replica and returns it. */
  event(
    type: EngineEventType,
    name: string,
    which?: (e: EngineEvent) => boolean,
  ): Promise<EngineEvent>;
}

/** For `vi.waitFor`: conditions, never fixed times. */
export const PATIENCE = { timeout: 20_000, interval: 10 };

/** Opens an engine before each test of the surrounding `describe` and takes everything down after it. */
export function createBench(subject: ContractSubject): ContractBench {
  let engine: Engine;
  let seen: EngineEvent[] = [];
  let watching = new AbortController();
  beforeEach(async () => {
    engine = await subject.open();
    seen = [];
    watching = new AbortController();
    void collect(engine, watching.signal, seen);
  });
  afterEach(async () => {
    await engine.down();
    watching.abort();
    await engine.close();
  });
  return {
    subject,
    get engine() {
      return engine;
    },
    get lifecycle() {
      return engine.powers.lifecycle;
    },
    get seen() {
      return seen;
    },
    up: () => engine.up({ timeoutMs: 20_000, onProgress: () => undefined }),
    get: async (name) => {
      const found = (await engine.replicas()).find((one) => one.name === name);
      expect(found, `${name} among the replicas`).toBeDefined();
      return found as Replica;
    },
    hold: async () => {
      const { id } = await engine.lease({ ttlMs: 30_000, downOnExpiry: false });
      return { lease: id, injection: "harm#1" };
    },
    event: (type, name, which = () => true) =>
      vi.waitFor(() => {
        const event = seen.find((e) => e.type === type && e.replica.name === name && which(e));
        expect(event, `${type} of ${name} in: ${summary(seen)}`).toBeDefined();
        return event as EngineEvent;
      }, PATIENCE),
  };
}

async function collect(engine: Engine, signal: AbortSignal, into: EngineEvent[]): Promise<void> {
  for await (const event of engine.events(signal)) into.push(event);
}

function summary(events: readonly EngineEvent[]): string {
  return events.map(({ type, replica }) => `${type} ${replica.name}`).join(", ");
}
