import { z } from "zod";
import { VANTAGES } from "../model/plan.ts";
import { method } from "./method.ts";
import { duration, lastingDuration, percent, rate } from "./values.ts";

/** What a name of a traffic or a step looks like. */
export const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

const text = z.string().min(1);
const header = text.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, {
  error: ({ input }) =>
    `expected the name of a header such as x-replica, got ${JSON.stringify(input)}`,
});
const names = z.union([text, z.array(text).min(1)]).transform((value) => [value].flat());

const status = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^[1-5]xx$/, {
    error: ({ input }) => `expected a status such as 200 or 2xx, got ${JSON.stringify(input)}`,
  }),
]);

/** One stream of requests under `traffic:`. */
export const trafficSchema = z.strictObject({
  url: text,
  rate,
  method: method.default("GET"),
  headers: z
    .record(header, z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .default({}),
  body: z.string().optional(),
  timeout: lastingDuration.default(1000),
  expect: z
    .strictObject({
      status: z.union([status, z.array(status).min(1)]).optional(),
      body: text.optional(),
    })
    .default({}),
  fresh: percent.default(0),
  ca: text.optional(),
  precise: z.boolean().default(false),
  identify: z.strictObject({ replica: header.optional(), version: header.optional() }).optional(),
});

export const stackSchema = z.strictObject({
  compose: text.optional(),
  project: text.optional(),
  profiles: z.array(text).default([]),
  engine: text.optional(),
});

export const phasesSchema = z.strictObject({
  warmup: duration.optional(),
  baseline: duration.optional(),
  chaos: duration.optional(),
  recovery: duration.optional(),
});

export const limitsSchema = z.strictObject({
  down: z.int().min(1).optional(),
  time: lastingDuration.optional(),
});

const pick = z.union([z.int(), z.string()]);

export const targetSchema = z.strictObject({
  service: text.optional(),
  pick: pick.optional(),
  only: z.enum(["any", "healthy", "ready"]).optional(),
  prefer: z.enum(["random", "oldest", "newest"]).optional(),
  "one-by-one": z.boolean().optional(),
  replica: text.optional(),
  "same-as": text.optional(),
});

export const repeatSchema = z.strictObject({
  every: lastingDuration,
  jitter: duration.default(0),
  times: z.int().min(1).optional(),
  for: lastingDuration.optional(),
});

/** One entry under `steps:`. What stands under `with:` is the kind's own. */
export const stepSchema = z.strictObject({
  id: text.regex(NAME, {
    error: ({ input }) =>
      `expected a name of letters, digits, - and _, beginning with a letter, got ${JSON.stringify(input)}`,
  }),
  do: text,
  target: targetSchema.optional(),
  at: duration.optional(),
  when: text.optional(),
  for: lastingDuration.optional(),
  until: text.optional(),
  repeat: repeatSchema.optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  "if-unsupported": z.enum(["fail", "skip"]).default("fail"),
  irreversible: z.boolean().default(false),
});

/** `monkey:` is sugar for one repeated step with a random kind each time. */
export const monkeySchema = z.strictObject({
  service: text.optional(),
  kinds: z
    .array(
      z.union([
        text,
        z.strictObject({
          do: text,
          for: lastingDuration.optional(),
          with: z.record(z.string(), z.unknown()).optional(),
        }),
      ]),
    )
    .min(1),
  every: lastingDuration,
  jitter: duration.default(0),
  for: lastingDuration,
  at: duration.default(0),
  only: z.enum(["any", "healthy", "ready"]).default("any"),
});

/** A line under `assert:`. */
export const assertSchema = z.union([text, z.strictObject({ that: text, why: text.optional() })]);

export const steadySchema = z.strictObject({
  within: duration.optional(),
  checks: z.array(assertSchema).optional(),
});

/** A scenario file by its parts. A file under `use:` has the same; there none is required. */
export const SCENARIO_PARTS = {
  version: z.literal(1),
  name: text,
  use: names,
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1),
  stack: stackSchema,
  vantage: z.enum(VANTAGES),
  traffic: z.record(z.string(), trafficSchema),
  phases: phasesSchema,
  steady: steadySchema,
  limits: limitsSchema,
  steps: z.array(stepSchema),
  monkey: monkeySchema,
  assert: z.array(assertSchema),
  "abort-when": names,
};

/** A whole scenario file, for editors. */
export const scenarioSchema = z
  .strictObject(SCENARIO_PARTS)
  .partial()
  .required({ version: true, name: true });
