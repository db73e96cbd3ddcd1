const COURSE = ["applying", "applied", "ended", "proven", "recovered"];

/** Kinds of lines that the scenarios of kill-nine.ts must have written, so that none goes untested when they change. */
export const KINDS: readonly string[] = [
  "journal header",
  ...["warmup", "baseline", "chaos", "recovery"].flatMap((phase) => [
    `journal phase ${phase} start`,
    `journal phase ${phase} end`,
  ]),
  ...["bucket", "gap", "outage", "sample"].map((type) => `journal ${type}`),
  ...[
    "snapshot",
    "created",
    "started",
    "ready",
    "unready",
    "paused",
    "unpaused",
    "died",
    "removed",
  ].map((event) => `journal engine ${event}`),
  ...["started", "ended", "not-injected"].map((stage) => `journal step ${stage}`),
  ...["pause", "kill", "stop", "exec", "remove", "crash", "restart"].flatMap((kind) =>
    COURSE.map((stage) => `journal injection ${kind} ${stage}`),
  ),
  ...["failed", "unproven", "unrecovered"].map((stage) => `journal injection exec ${stage}`),
  ...["tester", "duplicates"].map((stage) => `journal note ${stage}`),
  "journal run ended",
  ...["pause", "kill", "stop", "exec", "remove", "crash", "restart"].map(
    (kind) => `ledger prepared ${kind}`,
  ),
  ...["applied", "reverted", "failed"].map((op) => `ledger ${op}`),
];
