import type { Json } from "../kit/world.ts";
import type { TargetRef } from "../model/replica.ts";

/** One injection, as it must be known to undo it in a fresh process. JSON. */
export interface LedgerEntry extends EntryRef {
  readonly step: string;
  readonly kind: string;
  /** null for kinds without a target. */
  readonly target: TargetRef | null;
  readonly params: Json;
  /** What `prepare` of the kind found. */
  readonly before: Json;
  readonly irreversible: boolean;
}

/** Injection ids are unique within a run only; a dead run may have left some of the same name. */
export interface EntryRef {
  readonly run: string;
  /** `storm#3` */
  readonly id: string;
}

/** An entry that was not yet undone. */
export interface OpenEntry extends LedgerEntry {
  /** `prepared`: nobody knows whether it took effect. */
  readonly stage: "prepared" | "applied";
  /** How often undoing it has failed, and with what the last time. */
  readonly attempts: number;
  readonly error: string | null;
}

/** One line of the file. */
export type LedgerLine =
  /** `also`: more of the same; all of them or, when the line is torn, none. */
  | ({ readonly op: "prepared"; readonly also?: readonly LedgerEntry[] } & LedgerEntry)
  | ({ readonly op: "applied" } & EntryRef)
  /** `also`: ids of the same run; all of them or, when the line is torn, none. */
  | ({ readonly op: "reverted"; readonly also?: readonly string[] } & EntryRef)
  | ({ readonly op: "failed"; readonly error: string } & EntryRef);

/** What a ledger's text says. */
export interface LedgerContent {
  /** In the order of preparation. */
  readonly entries: Map<string, OpenEntry>;
  /** Lines in the middle that are no ledger lines: harm may be unknown. */
  readonly damage: readonly string[];
  /** Bytes up to the end of the last whole line: what follows was never acknowledged. */
  readonly wholeBytes: number;
}

/** Folds a ledger's bytes; never throws. A torn last line is no damage: whoever wrote it has not gone on. */
export function foldLedger(bytes: Buffer): LedgerContent {
  const wholeBytes = bytes.lastIndexOf("\n") + 1;
  const whole = bytes.toString("utf8", 0, wholeBytes);
  const entries = new Map<string, OpenEntry>();
  const damage: string[] = [];
  whole
    .split("\n")
    .slice(0, -1)
    .forEach((line, index) => {
      const parsed = parseLine(line);
      if (parsed !== null) foldLine(entries, parsed);
      else damage.push(`line ${index + 1} is damaged: ${line.slice(0, 120)}`);
    });
  return { entries, damage, wholeBytes };
}

/** Applies one line to the entries that are open. */
export function foldLine(entries: Map<string, OpenEntry>, line: LedgerLine): void {
  const key = keyOf(line);
  const known = entries.get(key);
  if (line.op === "prepared") {
    const { op: _, also = [], ...first } = line;
    for (const entry of [first, ...also]) {
      entries.set(keyOf(entry), { ...entry, stage: "prepared", attempts: 0, error: null });
    }
  } else if (line.op === "reverted") {
    entries.delete(key);
    for (const id of line.also ?? []) entries.delete(keyOf({ run: line.run, id }));
  } else if (known !== undefined && line.op === "applied") {
    entries.set(key, { ...known, stage: "applied" });
  } else if (known !== undefined && line.op === "failed") {
    entries.set(key, { ...known, attempts: known.attempts + 1, error: line.error });
  }
}

function keyOf({ run, id }: EntryRef): string {
  return `${run}/${id}`;
}

const FIELDS = { prepared: "kind", applied: "id", reverted: "id", failed: "error" } as const;

function parseLine(line: string): LedgerLine | null {
  try {
    const value = JSON.parse(line) as Record<string, unknown> | null;
    const field = FIELDS[value?.["op"] as LedgerLine["op"]];
    const texts = [value?.["run"], value?.["id"], value?.[field]];
    const valid = field !== undefined && texts.every((text) => typeof text === "string");
    return valid ? (value as unknown as LedgerLine) : null;
  } catch {
    return null;
  }
}
