import type { Json } from "../../kit/world.ts";
import type { NoteRecord } from "../../model/journal.ts";
import type { StepTimeline, Timeline } from "../../model/timeline.ts";

/** What a step with stages told on its way: sentences with their times, µs since run start. */
export function stagesOf(
  { notes }: Timeline,
  { plan }: StepTimeline,
): readonly { readonly t: number; readonly text: string; readonly facts: Json }[] {
  if (!plan.staged) return [];
  return notes
    .filter(({ step }) => step === plan.id)
    .flatMap((note) => {
      const text = stageText(note);
      return text === null ? [] : [{ t: note.t, text, facts: note.facts }];
    });
}

/** The sentence of a note; null: it has none. */
export function stageText({ facts }: NoteRecord): string | null {
  if (typeof facts !== "object" || facts === null || Array.isArray(facts)) return null;
  const { text } = facts as { readonly text?: unknown };
  return typeof text === "string" ? text : null;
}
