import type { Json } from "../kit/world.ts";
import type { NoteRecord } from "../model/journal.ts";

/** What the notes `residue` say was left different, as sentences: every text in their facts. Empty facts are no residue. */
export function residueIn(notes: readonly NoteRecord[]): readonly string[] {
  return notes.flatMap(({ stage, facts }) => (stage === "residue" ? textsIn(facts) : []));
}

function textsIn(facts: Json): readonly string[] {
  if (typeof facts === "string") return [facts];
  if (typeof facts !== "object" || facts === null) return [];
  return Object.values(facts).flatMap(textsIn);
}
