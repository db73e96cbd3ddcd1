import { loadEngine } from "../engines/registry.ts";
import type { JournalRecord } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import { performRun, type RunResult } from "../runner/run.ts";
import type { Ledger } from "../state/ledger.ts";
import type { SettledRequest } from "../tester/contract.ts";
import type { Host } from "./host.ts";
import { kinds } from "./kinds.ts";
import { versionOf } from "./version.ts";

export interface MeasureOptions {
  /** Without steps. */
  readonly plan: Plan;
  /** For the report. */
  readonly project: string;
  /** Parent of the run's directory; null: `./.aegis/runs`. */
  readonly out: string | null;
  /** Its abort is the normal end. */
  readonly interrupt: AbortSignal;
  readonly observe: (record: JournalRecord) => void;
  readonly onRequest: ((request: SettledRequest) => void) | null;
}

/**
 * A run that only measures, beside whatever else is going on: it takes no lock and has no stack that it could harm, so
 * it goes on when the real one is taken down under it.
 */
export async function measureOnly(host: Host, options: MeasureOptions): Promise<RunResult> {
  const { world } = host;
  const stack = {
    project: options.project,
    file: null,
    directory: world.cwd,
    profiles: [],
    replicas: [],
  };
  const createEngine = await loadEngine("dry");
  const engine = await createEngine({ stack, world, stateDirectory: world.stateHome });
  return performRun({
    ...options,
    engine,
    stack,
    ledger: NO_LEDGER,
    stateDirectory: world.stateHome,
    lease: { id: "", lost: new AbortController().signal },
    kinds,
    world,
    version: versionOf(host),
    endless: true,
    onProgress: (line) => host.stderr.line(line),
  });
}

function refuseHarm(): never {
  throw new Error("a run that only measures has no harm to write ahead");
}

/** Nothing is harmed, so nothing is written ahead. */
const NO_LEDGER: Ledger = {
  prepare: refuseHarm,
  prepareTogether: refuseHarm,
  applied: () => {},
  reverted: () => {},
  revertedTogether: () => {},
  revertFailed: () => {},
  open: () => [],
  damage: [],
  failure: null,
  close: () => {},
};
