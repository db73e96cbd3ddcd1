import type { Json } from "../kit/world.ts";
import type { JournalRecord } from "../model/journal.ts";

/** Types whose texts are the tester's own (which masks them) or names of the plan: most of a journal. */
const CLEAN: ReadonlySet<JournalRecord["type"]> = new Set(["bucket", "gap", "outage", "sample"]);

/** The record with every secret in its texts masked: what a step's command printed may hold one. */
export function maskedRecord(record: JournalRecord, mask: (text: string) => string): JournalRecord {
  if (CLEAN.has(record.type)) return record;
  return masked(record as unknown as Json, mask) as unknown as JournalRecord;
}

function masked(value: Json, mask: (text: string) => string): Json {
  if (typeof value === "string") return mask(value);
  if (Array.isArray(value)) return value.map((one: Json) => masked(one, mask));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, masked(one as Json, mask)]),
  );
}
