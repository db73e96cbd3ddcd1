import { type Foreseen, formerOf, labelOf, type Move } from "../rollout/moves.ts";
import type { Guarded } from "../rollout/put-back.ts";
import type { CourseRecord } from "../state/course-record.ts";
import { readLedger } from "../state/ledger.ts";
import type { Host } from "./host.ts";
import { printTable } from "./terminal-paper.ts";

/** Prints what a rollout would do, replica by replica, and why where it is less than a surge. */
export function showMoves(host: Host, { to, moves }: Foreseen): void {
  const columns = [
    { head: "replica", least: 7 },
    { head: "strategy" },
    { head: "from", least: 6 },
    { head: "to", least: 6 },
  ];
  const rows = moves.map(({ target, strategy, before, answeredAs, after, already }) => [
    { text: target.name },
    { text: already ? "nothing to do" : strategy },
    { text: formerOf({ before, answeredAs }) },
    { text: after.name ?? to },
  ]);
  printTable(host, columns, rows, 0);
  for (const [reason, names] of refusals(moves)) {
    host.stdout.line(`no surge of ${names.join(", ")}: ${reason}`);
  }
}

/** Prints what taking back the rollout that is under way would put back, in that order: what it has touched so far. */
export function showWayBack(
  host: Host,
  directory: string,
  { run, kind }: Pick<CourseRecord, "run" | "kind">,
): void {
  const touched = readLedger(directory).open.filter(
    (entry) => entry.run === run && entry.kind === kind,
  );
  const rows = touched.map(({ target, before }) => [
    { text: target?.name ?? "" },
    { text: labelOf((before as unknown as Guarded).release) },
  ]);
  if (rows.length > 0) printTable(host, [{ head: "replica", least: 7 }, { head: "back to" }], rows);
  else
    host.stdout.line("nothing has been touched yet: it would end, and nothing is to be put back");
}

/** The replicas that each reason holds for. */
function refusals(moves: readonly Move[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { target, noSurge } of moves) {
    if (noSurge !== null) names.set(noSurge, [...(names.get(noSurge) ?? []), target.name]);
  }
  return names;
}
