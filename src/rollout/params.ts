import { z } from "zod";
import { duration } from "../faults/params.ts";

/** How one replica gives way to the next: beside it first, or after it in the same place. */
export const STRATEGIES = ["surge", "in-place"] as const;
export type Strategy = (typeof STRATEGIES)[number];

const WHAT = ["to", "image", "build", "back"] as const;

export const params = z
  .strictObject({
    to: z.string().optional().describe("A version under x-aegis.versions"),
    image: z.string().optional().describe("An image, made a version of its own"),
    build: z.literal(true).optional().describe("What the service's build context makes now"),
    back: z.literal(true).optional().describe("What ran before the last rollout"),
    strategy: z
      .enum(["auto", ...STRATEGIES])
      .default("auto")
      .describe("surge: one more first; in-place: stop, then start; auto: surge where it can be"),
    gate: z
      .enum(["compare", "ready"])
      .default("compare")
      .describe("compare: with the others at the same time; ready: readiness alone decides"),
    "min-in-service": duration("2s", { min: 0, max: 3_600_000 }).describe(
      "How long a new replica serves before its answers count",
    ),
    observe: duration("5s", { min: 0, max: 3_600_000 }).describe(
      "How long at least it is compared",
    ),
    samples: z
      .int()
      .min(20)
      .max(1_000_000)
      .default(300)
      .describe("Answers of each side below which nothing is concluded"),
    deadline: duration("60s", { min: 1000, max: 86_400_000 }).describe(
      "The longest one replica may take, from being touched to being accepted",
    ),
    "allow-downtime": z
      .boolean()
      .default(false)
      .describe("Replace in place even where nobody else can answer meanwhile"),
  })
  .superRefine((given, context) => {
    const named = WHAT.filter((way) => given[way] !== undefined);
    if (named.length === 1) return;
    const got = named.length === 0 ? "none" : named.join(" and ");
    context.addIssue({
      code: "custom",
      message: `expected one of to, image, build and back; got ${got}`,
    });
  });

export type RolloutParams = z.output<typeof params>;
