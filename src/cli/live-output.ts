import type { JournalRecord } from "../model/journal.ts";
import type { Plan } from "../model/plan.ts";
import { foldLive, type LiveState, startLive } from "../report/live.ts";
import { eventLine } from "../report/live-events.ts";
import { liveLine } from "../report/live-line.ts";
import type { Host, Output } from "./host.ts";
import { paperOf } from "./terminal-paper.ts";

/** What is shown of a run while it is on. */
export interface Live {
  see(record: JournalRecord): void;
  /** Prints a line beside it. */
  say(line: string): void;
  /** Removes what was redrawn in place. */
  close(): void;
}

const REDRAW_MS = 200;
/** Back to the first column, and clear to the end of the line. */
const CLEAR = "\r\u001b[K";

/** On a terminal a status line that is redrawn in place; elsewhere a line per phase, step and outage. On stderr. */
export function openLive(host: Host, plan: Plan): Live {
  return host.stderr.isTerminal ? statusLine(host, plan) : plainLines(host, plan);
}

function plainLines(host: Host, plan: Plan): Live {
  const paper = paperOf(host, host.stderr);
  let state = startLive(plan);
  return {
    see: (record) => {
      const next = foldLive(state, record);
      state = next.state;
      for (const event of next.events) host.stderr.line(eventLine(paper, event));
    },
    say: (line) => host.stderr.line(line),
    close: () => {},
  };
}

/** Drawn by a timer, so that it goes on when nothing happens, and so often at most. */
function statusLine(host: Host, plan: Plan): Live {
  const { clock } = host.world;
  const output: Output = host.stderr;
  const closed = new AbortController();
  let state: LiveState = startLive(plan);
  let epoch: number | null = null;
  const draw = (): void => {
    const now = epoch === null ? 0 : clock.now() - epoch;
    // One column less: a full line would wrap.
    const paper = paperOf(host, { ...output, color: output.color, width: output.width - 1 });
    output.raw(`${CLEAR}${liveLine(paper, state, now)}`);
  };
  const redraw = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      draw();
      await clock.sleep(REDRAW_MS, closed.signal);
    }
  };
  void redraw();
  return {
    see: (record) => {
      if (record.type === "phase") epoch = clock.now() - record.t;
      const next = foldLive(state, record);
      state = next.state;
      if (record.type !== "note") return;
      output.raw(CLEAR);
      for (const event of next.events) output.line(eventLine(paperOf(host, output), event));
    },
    say: (line) => {
      output.raw(CLEAR);
      output.line(line);
    },
    close: () => {
      closed.abort();
      output.raw(CLEAR);
    },
  };
}
