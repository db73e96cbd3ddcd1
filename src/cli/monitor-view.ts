import type { JournalRecord } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import type { SettledRequest } from "../tester/contract.ts";
import type { Host, Output } from "./host.ts";
import { clockTime, requestLine, secondLine } from "./monitor-lines.ts";
import { type MonitorSecond, MonitorSeconds } from "./monitor-seconds.ts";
import { paperOf } from "./terminal-paper.ts";

/** Longer than this without anything settled, it says so. */
const SILENCE_MS = 2000;

/** What reads a pipe wants whole lines. */
const PIPED_WIDTH = 1000;

/** Prints a line for each second once its requests have settled, and says when that takes long; or a line per request. */
export function openMonitorView(
  host: Host,
  output: Output,
  plan: Plan,
): {
  see(record: JournalRecord): void;
  seeRequest(request: SettledRequest): void;
  close(): void;
} {
  const { clock } = host.world;
  const paper = paperOf(host, output.isTerminal ? output : { ...output, width: PIPED_WIDTH });
  const seconds = new MonitorSeconds();
  const closed = new AbortController();
  const startWall = clock.wall().getTime();
  const rate = Math.max(...plan.traffic.map((one) => one.rate));
  const patienceUs = (SILENCE_MS + 1000 / rate) * 1000;
  let heardAt = clock.now();
  const print = (second: MonitorSecond | null): void => {
    if (second === null) return;
    output.line(secondLine(paper, second, new Date(startWall + second.t / 1000)));
  };
  const watch = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      await clock.sleep(1000, closed.signal);
      const silentUs = clock.now() - heardAt;
      if (closed.signal.aborted || silentUs < patienceUs) continue;
      const line = `${clockTime(clock.wall())}  no answer for ${Math.round(silentUs / 1e6)}s`;
      output.line(paper.paint("doubt", line));
    }
  };
  return {
    see: (record) => {
      if (record.type === "phase" && record.phase === "chaos") {
        if (record.stage === "start") {
          heardAt = clock.now();
          void watch();
        } else closed.abort();
      }
      if (record.type !== "bucket") return;
      heardAt = clock.now();
      print(seconds.push(record));
    },
    seeRequest: (request) => output.line(requestLine(paper, request)),
    close: () => {
      closed.abort();
      print(seconds.end());
    },
  };
}
