import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Host, Output } from "../host.ts";

/** The checkout under test. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/** A host that keeps what is printed, and whose clock stands still. */
export interface FakeHost extends Host {
  readonly out: readonly string[];
  readonly err: readonly string[];
  readonly exitCode: number;
  /** What would end the process: a second signal, an error that nobody catches. */
  readonly ends: { leave: () => number; report: (thrown: unknown) => number };
  /** What a signal aborts. */
  readonly signals: AbortController;
}

interface FakeHostOptions {
  readonly width?: number;
  readonly cwd?: string;
  readonly unicode?: boolean;
  /** What happens while somebody sleeps. */
  readonly sleep?: () => void;
}

/** A host with these columns; nothing of it reaches the process. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const out: string[] = [];
  const err: string[] = [];
  const { width = 80, cwd = ROOT, unicode = true, sleep } = options;
  let exitCode = 0;
  const ends: FakeHost["ends"] = { leave: () => 0, report: () => 0 };
  const signals = new AbortController();
  return {
    ends,
    signals,
    out,
    err,
    get exitCode() {
      return exitCode;
    },
    world: {
      clock: { now: () => 0, wall: () => new Date(0), sleep: async () => sleep?.() },
      env: { LANG: unicode ? "C.UTF-8" : "C" },
      cwd,
      platform: "linux",
      pid: 1,
      execPath: "/usr/bin/node",
      packageRoot: ROOT,
      stateHome: join(cwd, ".never-made"),
      drawSeed: () => 7,
      drawId: () => "1d",
    },
    stdout: output(out, width),
    stderr: output(err, width),
    argv: [],
    setExitCode: (code) => {
      exitCode = code;
    },
    whenUncaught: (report) => {
      ends.report = report;
    },
    takeSignals: (leave) => {
      ends.leave = leave;
      return signals.signal;
    },
  };
}

function output(texts: string[], width: number): Output {
  return {
    line: (text) => void texts.push(text),
    raw: (text) => void texts.push(text),
    isTerminal: false,
    width,
    color: false,
    closed: new AbortController().signal,
  };
}
