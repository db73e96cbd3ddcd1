import { checkShape } from "../kit/shape.ts";
import type { SourcePath, YamlSource } from "../kit/source.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { Json } from "../kit/world.ts";
import type { StepKind } from "../model/kind.ts";
import type { EndRule, Repeat, StartRule, StepPlan, TargetPlan } from "../model/plan.ts";
import type { ParseContext } from "./context.ts";
import type { Placed, StepShape } from "./gather.ts";
import { toTarget } from "./step-target.ts";
import { PhraseError, Words } from "./words.ts";

/** What a step is checked against besides the file. */
export interface StepContext extends ParseContext {
  /** Ids of all steps, also of those with other mistakes. */
  readonly ids: readonly string[];
  readonly down: number | null;
}

/** One step with everything it says checked by itself; how steps hang together is checked later. Null when its kind is unknown. */
export function toStep(context: StepContext, placed: Placed<StepShape>): StepPlan | null {
  const { value, source, path } = placed;
  const kind = findKind(context, { source, path: [...path, "do"] }, value.do);
  const params = kind === null ? undefined : paramsOf(context, kind, source, [...path, "with"]);
  const held = kind === null || params === undefined ? null : kind.holds(params);
  const start = startRule(context, placed);
  const end = endRule(context, placed, kind, held);
  const repeat = toRepeat(context, placed);
  const target = targetOf(context, placed, kind);
  if (kind === null) return null;
  checkIrreversible({ context, placed, kind, params });
  return {
    id: value.id,
    kind: kind.name,
    role: kind.role,
    needs: kind.needs,
    held: held ?? kind.held,
    ...(kind.staged && { staged: true }),
    target,
    params: params ?? {},
    start,
    end,
    repeat,
    ifUnsupported: value["if-unsupported"],
    irreversible: value.irreversible,
    line: source.locate(path).line,
  };
}

/** The kind of that name, or null with a problem. */
export function findKind(
  { kinds, problems }: ParseContext,
  place: { readonly source: YamlSource; readonly path: SourcePath },
  name: string,
): StepKind | null {
  const kind = kinds.find((each) => each.name === name);
  if (kind !== undefined) return kind;
  const hint = didYouMean(
    name,
    kinds.map((each) => each.name),
  );
  problems.add({ ...place, message: `there is no step kind "${name}"`, hint });
  return null;
}

/** The parameters under `with:` by the kind's own schema; absent ones count as `{}`. Undefined with problems. */
export function paramsOf(
  { problems }: ParseContext,
  kind: StepKind,
  source: YamlSource,
  path: SourcePath,
): Json | undefined {
  return checkShape(withDefault(source, path, {}), kind.params, problems, path) as Json | undefined;
}

/** The same file, as if the value stood there where none does. */
function withDefault(source: YamlSource, path: SourcePath, value: unknown): YamlSource {
  const put = (data: unknown, [key, ...rest]: SourcePath): unknown => {
    if (key === undefined) return data ?? value;
    const inner = (data as Record<string | number, unknown>)[key];
    if (Array.isArray(data))
      return data.map((item, index) => (index === key ? put(item, rest) : item));
    return { ...(data as object), [key]: put(inner, rest) };
  };
  return { ...source, data: put(source.data, path) };
}

function startRule(context: StepContext, { value, source, path }: Placed<StepShape>): StartRule {
  const { problems } = context;
  if (value.when === undefined) return { at: "time", ms: value.at ?? 0 };
  if (value.at !== undefined) {
    const hint = "keep one of them; when: STEP ended + 2s has a delay of its own";
    problems.add({
      source,
      path: [...path, "when"],
      message: "at and when exclude each other",
      hint,
      at: "key",
    });
  }
  const text = value.when;
  const found = phrase(context, { source, path: [...path, "when"] }, text, (words) => {
    const step = takeStep(words, context.ids, value.id);
    const when = words.oneOf(
      ["started", "ended", "recovered"],
      `"started", "ended" or "recovered"`,
    );
    return { at: "step", step, when, plusMs: words.plus() } as const;
  });
  return found ?? { at: "time", ms: 0 };
}

function endRule(
  context: StepContext,
  { value, source, path }: Placed<StepShape>,
  kind: StepKind | null,
  held: boolean | null,
): EndRule | null {
  const { problems } = context;
  const given = (["for", "until"] as const).filter((key) => value[key] !== undefined);
  const [first, second] = given;
  if (kind !== null && held === true && first === undefined) {
    const message = `${kind.name} does not end by itself: "for" is missing`;
    problems.add({ source, path, message, hint: "add for: 5s, or until: STEP ended", at: "key" });
  }
  if (kind !== null && held === false && first !== undefined) {
    const lasting = context.kinds.filter((each) => each.held).map(({ name }) => name);
    const message = `${kind.name} happens at once: it takes no ${first}`;
    const hint = `remove it; what lasts: ${lasting.join(", ")}`;
    problems.add({ source, path: [...path, first], message, hint, at: "key" });
    return null;
  }
  if (second !== undefined) {
    const message = "for and until exclude each other";
    problems.add({ source, path: [...path, second], message, hint: "keep one of them", at: "key" });
  }
  if (value.for !== undefined) return { after: "time", ms: value.for };
  if (value.until === undefined) return null;
  const place = { source, path: [...path, "until"] };
  return phrase(context, place, value.until, (words) => {
    const step = takeStep(words, context.ids, value.id);
    const when = words.oneOf(["started", "ended"], `"started" or "ended"`);
    return { after: "step", step, when } as const;
  });
}

function takeStep(words: Words, ids: readonly string[], own: string): string {
  const others = ids.filter((id) => id !== own);
  if (words.next === own) words.fail(`a step cannot wait for itself`, words.meant(others));
  if (!others.includes(words.next)) {
    const message = words.atEnd ? "expected a step" : `there is no step ${words.got()}`;
    words.fail(message, words.meant(others));
  }
  return words.take();
}

/** Reads one of the little phrases whole; a mistake becomes a problem at its character, and null. */
export function phrase<Value>(
  { problems }: ParseContext,
  place: { readonly source: YamlSource; readonly path: SourcePath },
  text: string,
  read: (words: Words) => Value,
): Value | null {
  try {
    const words = new Words(text);
    const value = read(words);
    words.end();
    return value;
  } catch (thrown) {
    if (!(thrown instanceof PhraseError)) throw thrown;
    const { message, hint, offset } = thrown;
    problems.add({ ...place, message, hint, offset });
    return null;
  }
}

function toRepeat({ problems }: ParseContext, placed: Placed<StepShape>): Repeat | null {
  const { repeat } = placed.value;
  if (repeat === undefined) return null;
  const path = [...placed.path, "repeat"];
  const both = repeat.times !== undefined && repeat.for !== undefined;
  if (both || (repeat.times === undefined && repeat.for === undefined)) {
    const message = `expected times or for, got ${both ? "both" : "none"}`;
    const hint = both ? "keep one of them" : "add times: 5, or for: 20s";
    problems.add({ source: placed.source, path, message, hint, at: "key" });
  }
  return {
    everyMs: repeat.every,
    jitterMs: repeat.jitter,
    times: repeat.times ?? null,
    forMs: repeat.for ?? null,
  };
}

function targetOf(
  context: StepContext,
  { value, source, path, directory }: Placed<StepShape>,
  kind: StepKind | null,
): TargetPlan | null {
  const { target } = value;
  const inTarget = [...path, "target"];
  if (target === undefined) {
    if (kind?.targeted) {
      const [replica] = context.stack?.replicas ?? [];
      const hint = `add target: { service: ${replica?.service ?? "app"} }`;
      const message = `${kind.name} acts on replicas: "target" is missing`;
      context.problems.add({ source, path, message, hint, at: "key" });
    }
    return null;
  }
  if (kind !== null && !kind.targeted) {
    const message = `${kind.name} acts on no replica: it takes no target`;
    context.problems.add({ source, path: inTarget, message, hint: "remove it", at: "key" });
    return null;
  }
  if (kind?.staged) checkWhole(context, { source, path: inTarget }, kind, target);
  return toTarget(context, { source, directory, path: inTarget, value: target }, context.down);
}

/** One with stages goes through all replicas of its target, in its own order. */
function checkWhole(
  { problems }: ParseContext,
  { source, path }: Pick<Placed<unknown>, "source" | "path">,
  { name }: StepKind,
  target: NonNullable<StepShape["target"]>,
): void {
  for (const key of ["pick", "only", "prefer", "one-by-one", "same-as"] as const) {
    if (target[key] === undefined) continue;
    const message = `${name} goes through a whole service, or one replica: it takes no "${key}"`;
    const hint = key === "same-as" ? "name the replica" : "remove it, or write replica: app1";
    problems.add({ source, path: [...path, key], message, hint, at: "key" });
  }
}

function checkIrreversible(details: {
  readonly context: StepContext;
  readonly placed: Placed<StepShape>;
  readonly kind: StepKind;
  readonly params: Json | undefined;
}): void {
  const { context, placed, kind, params } = details;
  if (params === undefined || placed.value.irreversible || !kind.irreversible(params)) return;
  const message = `this ${kind.name} cannot be undone`;
  const hint = "say so with irreversible: true, or give it a way back";
  context.problems.add({ source: placed.source, path: placed.path, message, hint, at: "key" });
}
