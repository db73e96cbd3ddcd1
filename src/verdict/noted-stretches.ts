import type { Json } from "../kit/world.ts";
import type { Span, Timeline } from "../model/timeline.ts";

/** A stretch of time that the tester has noted. */
interface NotedStretch extends Span {
  /** CPU that the host withheld in it, µs of all cores, where that is what was noted. */
  readonly us: number;
}

/** What the tester has noted of a kind: notes `tester` of { kind, from, to, us? }, µs since run start, in their order. */
export function notedStretches(
  { notes }: Timeline,
  wanted: "stall" | "steal",
): readonly NotedStretch[] {
  return notes.flatMap(({ stage, facts }) => {
    if (stage !== "tester" || typeof facts !== "object" || facts === null) return [];
    const { kind, from, to, us } = facts as Readonly<Record<string, Json>>;
    if (kind !== wanted || typeof from !== "number" || typeof to !== "number") return [];
    return [{ from, to, us: typeof us === "number" ? us : 0 }];
  });
}
