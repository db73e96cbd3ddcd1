import { didYouMean } from "../kit/suggest.ts";
import type { Json } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import type { StepPlan } from "../model/plan.ts";
import { type ParseContext, replicaNames, serviceNames } from "./context.ts";
import type { MonkeyShape, Placed } from "./gather.ts";
import { findKind, paramsOf } from "./steps.ts";

/** The id of the step that `monkey:` makes. */
export const MONKEY = "monkey";
/** How long a monkey holds what must be held, unless told. */
const HOLD_MS = 2000;

/** Continuous seeded chaos on one service. */
export interface MonkeyOptions {
  readonly service: string;
  readonly choices: readonly MonkeyChoice[];
  readonly everyMs: number;
  readonly jitterMs: number;
  /** null: until the run is ended from outside. */
  readonly forMs: number | null;
  readonly atMs: number;
  readonly only: "any" | "healthy" | "ready";
  readonly line: number | null;
}

export interface MonkeyChoice {
  readonly kind: StepKind;
  readonly params: Json;
  /** Of held kinds; null: 2 s. */
  readonly forMs: number | null;
}

/** One repeated step, of which each occurrence takes one of the choices, seeded, for one random replica. */
export function monkeyStep(options: MonkeyOptions): StepPlan {
  const alternatives = options.choices.map(({ kind, params, forMs }) => ({
    kind: kind.name,
    params,
    forMs: kind.holds(params) ? (forMs ?? HOLD_MS) : null,
  }));
  const [first] = alternatives;
  if (first === undefined) throw new Error("a monkey without kinds");
  return {
    id: MONKEY,
    kind: first.kind,
    role: "fault",
    needs: [...new Set(options.choices.flatMap(({ kind }) => kind.needs))],
    held: alternatives.some(({ forMs }) => forMs !== null),
    target: {
      by: "service",
      service: options.service,
      pick: { kind: "count", count: 1 },
      only: options.only,
      prefer: "random",
      oneByOne: false,
    },
    params: first.params,
    start: { at: "time", ms: options.atMs },
    end: first.forMs === null ? null : { after: "time", ms: first.forMs },
    repeat: {
      everyMs: options.everyMs,
      jitterMs: options.jitterMs,
      times: null,
      forMs: options.forMs,
    },
    ifUnsupported: "fail",
    irreversible: false,
    line: options.line,
    alternatives,
  };
}

/** `monkey:` of a scenario as a step, or null with problems. */
export function toMonkey(context: ParseContext, placed: Placed<MonkeyShape>): StepPlan | null {
  const { value, source, path } = placed;
  const choices = value.kinds.flatMap((entry, index) => {
    const at = [...path, "kinds", index];
    const named = typeof entry === "string" ? { do: entry } : entry;
    const inKind = typeof entry === "string" ? at : [...at, "do"];
    const kind = findKind(context, { source, path: inKind }, named.do);
    if (kind === null) return [];
    const params = paramsIn(context, { source, path: at }, entry, kind);
    if (params === undefined || !suits(context, { source, path: at }, kind, params)) return [];
    return [{ kind, params, forMs: named.for ?? null }];
  });
  const service = serviceOf(context, placed);
  if (service === null || choices.length < value.kinds.length) return null;
  return monkeyStep({
    service,
    choices,
    everyMs: value.every,
    jitterMs: value.jitter,
    forMs: value.for,
    atMs: value.at,
    only: value.only,
    line: source.locateKey(path).line,
  });
}

type Place = Pick<Placed<unknown>, "source" | "path">;

/** A kind that is only named gets what its schema makes of no parameters. */
function paramsIn(
  context: ParseContext,
  { source, path }: Place,
  entry: MonkeyShape["kinds"][number],
  kind: StepKind,
): Json | undefined {
  if (typeof entry !== "string") return paramsOf(context, kind, source, [...path, "with"]);
  const parsed = kind.params.safeParse({});
  if (parsed.success) return parsed.data as Json;
  const hint = `write { do: ${kind.name}, with: ... }`;
  context.problems.add({ source, path, message: `${kind.name} needs parameters`, hint });
  return undefined;
}

function suits({ problems }: ParseContext, place: Place, kind: StepKind, params: Json): boolean {
  const why = unsuitable(kind, params);
  if (why !== null) problems.add({ ...place, message: `${kind.name} ${why}`, hint: "remove it" });
  return why === null;
}

function unsuitable(kind: StepKind, params: Json): string | null {
  if (!kind.targeted) return "acts on no replica";
  if (kind.irreversible(params)) return "cannot be undone, which a monkey must";
  return kind.staged ? "chooses its replicas itself: write it as a step" : null;
}

/** The service given, or the only one with more than one replica. */
function serviceOf(context: ParseContext, placed: Placed<MonkeyShape>): string | null {
  const { value, source, path } = placed;
  const known = serviceNames(context);
  if (known === null) return value.service ?? null;
  if (value.service === undefined) {
    const several = known.filter((name) => (replicaNames(context, name)?.length ?? 0) > 1);
    if (several.length === 1) return several[0] as string;
    const message = '"service" is missing';
    const hint = `add service: ${(several.length > 0 ? several : known).join(" or ")}`;
    context.problems.add({ source, path, message, hint, at: "key" });
    return null;
  }
  if (known.includes(value.service)) return value.service;
  const message = `the stack has no service "${value.service}"`;
  const place = { source, path: [...path, "service"] };
  context.problems.add({ ...place, message, hint: didYouMean(value.service, known) });
  return null;
}
