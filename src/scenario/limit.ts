import { suggest } from "../kit/suggest.ts";
import { formatPercent, parseDuration, parsePercent } from "../kit/units.ts";
import type { Comparison, Limit } from "../model/assertion.ts";
import type { Subject } from "./subjects.ts";
import type { Words } from "./words.ts";

/** Which limits a thing can be held against. */
interface Allowed {
  readonly kinds: readonly Limit["kind"][];
  /** As told to people. */
  readonly what: string;
}

const COUNT: Allowed = { kinds: ["number"], what: "a count such as 0" };
const SHARE: Allowed = { kinds: ["percent"], what: "a percentage such as 99.9%" };
const TIME: Allowed = { kinds: ["duration"], what: "a duration such as 500ms" };
const RELATIVE: Allowed = {
  kinds: ["duration", "baseline"],
  what: "a duration such as 400ms or 2x baseline",
};
const WORDS: Allowed = { kinds: ["words"], what: "a word" };
const SET: Allowed = { kinds: ["words", "number"], what: "names such as v1, v2, or how many" };

/** The table metric -> allowed limits. */
const ALLOWED: Readonly<Record<string, Allowed>> = {
  requests: COUNT,
  failed: COUNT,
  duplicates: COUNT,
  dropped: COUNT,
  errors: COUNT,
  success: SHARE,
  latency: RELATIVE,
  gap: RELATIVE,
  outage: TIME,
  impaired: TIME,
  versions: SET,
  replicas: SET,
  recovery: TIME,
  outcome: WORDS,
  reason: WORDS,
  healthy: COUNT,
  ready: COUNT,
  restarts: COUNT,
  version: WORDS,
  revision: WORDS,
  instance: WORDS,
};

const COMPARISONS = ["==", "!=", "<", "<=", ">", ">="] as const;
const MEANT: Readonly<Record<string, Comparison>> = {
  "=": "==",
  "===": "==",
  "=<": "<=",
  "=>": ">=",
  "≤": "<=",
  "≥": ">=",
  "<>": "!=",
  "!": "!=",
  "!==": "!=",
};

/** `<= 2x baseline or 400ms`, `== v1, v2` */
export function takeCondition(
  words: Words,
  subject: Subject,
): { readonly comparison: Comparison; readonly limits: readonly Limit[] } {
  const comparison = takeComparison(words);
  const limits = [takeLimit(words, subject, comparison)];
  while (words.accept("or")) limits.push(takeLimit(words, subject, comparison));
  return { comparison, limits };
}

/** `<=` */
export function takeComparison(words: Words): Comparison {
  const meant = MEANT[words.next];
  if (meant !== undefined)
    words.fail(`expected a comparison, got ${words.got()}`, `write ${meant}`);
  if (/^[a-z]/.test(words.next)) {
    const near = suggest(words.next, [
      "during",
      "after",
      "in",
      "outside",
      "throughout",
      "unchanged",
    ]);
    const hint =
      near === undefined ? `add one of: ${COMPARISONS.join(", ")}` : `did you mean "${near}"?`;
    words.fail(`expected a comparison, got ${words.got()}`, hint);
  }
  return words.oneOf(COMPARISONS, "a comparison");
}

function takeLimit(words: Words, subject: Subject, comparison: Comparison): Limit {
  const { offset } = words;
  const name = nameOf(subject);
  const allowed = ALLOWED[name] as Allowed;
  if (words.atEnd) words.fail(`expected ${allowed.what}, got ${words.got()}`, "add a limit");
  const given = words.next;
  const limit = readLimit(words, allowed);
  if (!allowed.kinds.includes(limit.kind)) {
    const hint = mend(subject, comparison, limit);
    words.fail(`expected ${allowed.what} for ${name}, got "${given}"`, hint, offset);
  }
  if (limit.kind === "percent" && limit.fraction > 1) {
    words.fail(`expected at most 100%, got "${given}"`, "write 100%", offset);
  }
  if (limit.kind === "words" && comparison !== "==" && comparison !== "!=") {
    words.fail(`words are equal or not: "${comparison}" says nothing here`, "write ==", offset);
  }
  return limit;
}

function readLimit(words: Words, allowed: Allowed): Limit {
  const text = words.next;
  if (allowed === WORDS) return readWords(words);
  const fraction = parsePercent(text);
  const ms = parseDuration(text);
  const times = /^(\d+(?:\.\d+)?)x$/.exec(text)?.[1];
  if (fraction === undefined && ms === undefined && times === undefined && !isNumber(text)) {
    if (text === "baseline")
      words.fail("expected how many times the baseline", "write 1x baseline");
    return readWords(words);
  }
  words.take();
  if (times !== undefined) {
    words.oneOf(["baseline"], `"baseline" after ${text}`);
    return { kind: "baseline", times: Number(times) };
  }
  if (fraction !== undefined) return { kind: "percent", fraction };
  return ms === undefined ? { kind: "number", value: Number(text) } : { kind: "duration", ms };
}

function readWords(words: Words): Limit {
  const found: string[] = [];
  do {
    if (words.atEnd) words.fail("expected a word after the comma", "remove the comma");
    found.push(words.take());
  } while (words.accept(","));
  return { kind: "words", words: found };
}

/** What would say the same in a way that is allowed. */
function mend(subject: Subject, comparison: Comparison, limit: Limit): string {
  const { kinds, what } = ALLOWED[nameOf(subject)] as Allowed;
  if (limit.kind === "percent" && subject.about === "measure" && kinds === COUNT.kinds) {
    const prefix = subject.traffic === null ? "" : `${subject.traffic}.`;
    const rate = formatPercent(1 - limit.fraction);
    const flipped = comparison.replace("<", "\0").replace(">", "<").replace("\0", ">");
    return `did you mean "${prefix}success ${flipped} ${rate}"?`;
  }
  if (limit.kind === "number" && kinds.includes("percent")) {
    return `write ${limit.value <= 1 ? Number((limit.value * 100).toFixed(6)) : limit.value}%`;
  }
  if (limit.kind === "number" && kinds.includes("duration")) {
    return `write ${limit.value}ms or ${limit.value}s`;
  }
  return `write ${what}`;
}

function nameOf(subject: Subject): string {
  if (subject.about === "measure") return subject.measure.name;
  return subject.about === "state" ? subject.state : subject.fact;
}

function isNumber(text: string): boolean {
  return /^\d+(\.\d+)?$/.test(text);
}
