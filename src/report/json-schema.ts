import { z } from "zod";
import { ERROR_CLASSES, PHASES } from "../model/assertion.ts";

/** Raised when a field changes its meaning or goes; new fields do not raise it. */
export const REPORT_VERSION = 1;

const ms = z.number().meta({ description: "milliseconds" });
const at = ms.meta({ description: "milliseconds since the start of the run" });
const count = z.int().min(0);
const share = z.number().min(0).max(1);
const span = z.strictObject({ fromMs: at, toMs: at });
const errors = z.partialRecord(z.enum(ERROR_CLASSES), count);

const counts = z.strictObject({
  requests: count,
  failed: count,
  success: z
    .strictObject({ share, low: share, high: share })
    .nullable()
    .meta({ description: "the share that succeeded and its 95 % Wilson interval" }),
  latencyMs: z
    .strictObject({ p50: ms, p90: ms, p95: ms, p99: ms, p999: ms, max: ms })
    .nullable()
    .meta({ description: "of successes, from the moment they were due" }),
});

const window = z.strictObject({
  name: z.string(),
  kind: z.enum(["run", "phase", "step"]),
  spans: z.array(span),
  ...counts.shape,
  dropped: count,
  errors,
  connections: z.strictObject({ kept: counts, fresh: counts }).nullable(),
});

const measured = z.strictObject({ valueMs: ms.nullable(), text: z.string() });

const sample = z.strictObject({
  atMs: at,
  traffic: z.string(),
  id: z.string(),
  class: z.enum(ERROR_CLASSES),
  status: z.int().nullable(),
  tookMs: ms,
  replica: z.string().nullable(),
  version: z.string().nullable(),
  fresh: z.boolean(),
  detail: z.string(),
  traceparent: z.string(),
});

const answers = z.strictObject({
  by: z.enum(["replica", "version"]),
  name: z.string(),
  answers: count,
  share: share.nullable(),
  phases: z.partialRecord(z.enum(PHASES), share.nullable()),
});

const tester = z.strictObject({
  rate: z.number(),
  rateError: z.number().meta({ description: "(offered - due) / due" }),
  dropped: count,
  latenessMs: z.strictObject({ p50: ms, p99: ms, max: ms }).nullable(),
  burst: count,
});

const traffic = z.strictObject({
  name: z.string(),
  method: z.string(),
  url: z.string(),
  rate: z.number().meta({ description: "per second" }),
  timeoutMs: ms,
  windows: z.array(window),
  longestOutage: measured,
  longestGap: measured,
  impaired: measured,
  outages: z.array(
    span.extend({ open: z.boolean(), lowerMs: ms, upperMs: ms, failed: count, errors }),
  ),
  outagesLeft: count.meta({ description: "outages that are only in the journal" }),
  answers: z.array(answers),
  tester,
});

const injection = z.strictObject({
  id: z.string(),
  kind: z.string(),
  target: z
    .strictObject({
      service: z.string(),
      name: z.string(),
      key: z.string(),
      instance: z.string().nullable(),
    })
    .nullable(),
  state: z.enum(["failed", "not proven", "not recovered", "undecided", "recovered", "done"]),
  applyingMs: at,
  appliedMs: at.nullable(),
  harmEndedMs: at.nullable(),
  recoveredMs: at.nullable(),
  recoveryMs: ms.nullable(),
  proven: z.boolean().nullable(),
  outcome: z.string().nullable(),
  failure: z.string().nullable(),
});

const step = z.strictObject({
  id: z.string(),
  kind: z.string(),
  role: z.enum(["fault", "action"]),
  held: z.boolean(),
  stage: z.enum(["pending", "started", "ended", "skipped", "not-injected"]),
  detail: z.string(),
  startedMs: at.nullable(),
  endedMs: at.nullable(),
  injections: z.array(injection),
  stages: z
    .array(z.strictObject({ atMs: at, text: z.string(), facts: z.unknown() }))
    .optional()
    .meta({
      description:
        "of a step with stages, such as a rollout: what it decided, and on which numbers",
    }),
});

const finding = z.strictObject({
  assertion: z.string(),
  why: z.string().nullable(),
  line: z.int().nullable(),
  status: z.enum(["pass", "fail", "inconclusive", "skipped"]),
  subject: z.string(),
  measured: z.string(),
  allowed: z.string(),
  value: z
    .number()
    .nullable()
    .meta({ description: "the bare number: a count, a fraction, or milliseconds" }),
  samples: z.number().nullable(),
  windows: z.array(span),
  sentence: z.string(),
  doubts: z.array(z.string()),
});

/** The JSON report, as scripts may rely on it. Its keys come in this order. */
export const jsonReportSchema = z.strictObject({
  report: z.literal(REPORT_VERSION),
  aegis: z.string(),
  run: z.string(),
  path: z.string().nullable().meta({ description: "the directory of the run" }),
  name: z.string(),
  file: z.string().nullable(),
  verdict: z.enum(["pass", "fail", "inconclusive"]),
  exit: z.int().meta({ description: "the exit code, by this run alone" }),
  summary: z.string(),
  doubts: z.array(z.string()),
  ended: z
    .strictObject({ reason: z.string(), detail: z.string(), signal: z.string().nullable() })
    .nullable()
    .meta({ description: "how the run ended; null: its journal was cut short" }),
  seed: z.int(),
  engine: z.string(),
  vantage: z.string(),
  vantageReason: z
    .string()
    .nullable()
    .meta({ description: "why it is inside, where nobody asked for that" }),
  project: z.string(),
  basis: z
    .strictObject({
      answersName: z.strictObject({ replica: z.boolean(), version: z.boolean() }),
      ready: z.record(z.string(), z.enum(["answer", "health", "running"])),
      weak: z.array(z.string()),
    })
    .meta({
      description: "on what the numbers rest: who is named, what tells that a service is ready",
    }),
  startedAt: z.string(),
  durationMs: ms,
  phases: z.array(span.extend({ phase: z.enum(PHASES) })),
  findings: z.array(finding),
  traffic: z.array(traffic),
  steps: z.array(step),
  machine: z.strictObject({ stealShare: share, worstStealShare: share }).nullable().meta({
    description: "CPU that the host of the tester's machine gave to others; null: unknown",
  }),
  failures: z.array(sample).meta({ description: "the first failed requests, whole" }),
  failuresLeft: count.meta({ description: "failed requests that are not listed" }),
});

export type JsonReport = z.infer<typeof jsonReportSchema>;

/** The published JSON Schema (draft 2020-12) of the JSON report. */
export function jsonReportSchemaText(): string {
  const schema = z.toJSONSchema(jsonReportSchema);
  return JSON.stringify({ title: "aegis report", ...schema }, null, 2);
}
