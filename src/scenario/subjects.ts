import { didYouMean } from "../kit/suggest.ts";
import {
  ERROR_CLASSES,
  type ErrorClass,
  type Measure,
  type StateName,
} from "../model/assertion.ts";
import type { Words } from "./words.ts";

/** The names that an assertion may refer to. */
export interface KnownNames {
  readonly traffics: readonly string[];
  /** null when the stack could not be read: then any name goes, its own problems are told anyway. */
  readonly services: readonly string[] | null;
  readonly replicas: readonly string[] | null;
  /** Step -> its possible outcomes besides `not-injected`; whether it harms a target. */
  readonly steps: ReadonlyMap<string, KnownStep>;
}

export interface KnownStep {
  readonly outcomes: readonly string[];
  readonly targeted: boolean;
}

/** What stands first in an assertion. */
export type Subject =
  | {
      readonly about: "measure";
      readonly traffic: string | null;
      readonly measure: Measure;
      readonly word: string;
    }
  | { readonly about: "state"; readonly subject: string; readonly state: StateName }
  | { readonly about: "fact"; readonly fact: (typeof FACTS)[number] };

export const FACTS = ["recovery", "outcome", "reason"] as const;
export const STATES = ["healthy", "ready", "version", "revision", "instance", "restarts"] as const;
const PLAIN = [
  "requests",
  "failed",
  "success",
  "duplicates",
  "dropped",
  "gap",
  "outage",
  "impaired",
  "versions",
  "replicas",
] as const;
const QUANTILES: Readonly<Record<string, number>> = {
  p50: 0.5,
  p90: 0.9,
  p95: 0.95,
  p99: 0.99,
  "p99.9": 0.999,
  max: 1,
};
/** As they are written, for suggestions. */
export const MEASURES: readonly string[] = [...PLAIN, ...Object.keys(QUANTILES), "errors.timeout"];

/** Words of the language, which no traffic and no step may be called. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  ...PLAIN,
  ...Object.keys(QUANTILES),
  ...FACTS,
  ...STATES,
  ..."errors every step steps throughout unchanged outside during after in of or over".split(" "),
  ..."warmup baseline chaos recovery started ended recovered not-injected".split(" "),
]);

/** Takes the first word: `main.p99`, `errors.timeout`, `app.ready`, `recovery`. */
export function takeSubject(words: Words, names: KnownNames): Subject {
  const word = words.next;
  const fact = FACTS.find((each) => each === word);
  const subject =
    fact === undefined
      ? (measureSubject(word, null) ?? dotted(words, names))
      : ({ about: "fact", fact } as const);
  if (subject === null) fail(words, names);
  words.take();
  return subject as Subject;
}

function measureSubject(word: string, traffic: string | null): Subject | null {
  const measure = measureOf(word);
  return measure === null ? null : { about: "measure", traffic, measure, word };
}

function measureOf(word: string): Measure | null {
  const plain = PLAIN.find((each) => each === word);
  if (plain !== undefined) return { name: plain };
  const quantile = Object.hasOwn(QUANTILES, word) ? QUANTILES[word] : undefined;
  if (quantile !== undefined) return { name: "latency", quantile };
  const errorClass = ERROR_CLASSES.find((each) => `errors.${each}` === word);
  return errorClass === undefined ? null : { name: "errors", errorClass };
}

/** TRAFFIC.measure or SERVICE.state. */
function dotted(words: Words, names: KnownNames): Subject | null {
  const word = words.next;
  const first = word.indexOf(".");
  const last = word.lastIndexOf(".");
  if (first <= 0) return null;
  const measured = measureSubject(word.slice(first + 1), word.slice(0, first));
  if (measured !== null) {
    checkTraffic(words, names, word.slice(0, first));
    return measured;
  }
  const state = STATES.find((each) => each === word.slice(last + 1));
  if (state === undefined) return null;
  const subject = word.slice(0, last);
  checkReplica(words, names, subject);
  return { about: "state", subject, state };
}

function checkTraffic(words: Words, names: KnownNames, name: string): void {
  if (names.traffics.includes(name)) return;
  const service = names.services?.includes(name) || names.replicas?.includes(name);
  if (service) {
    const hint = `use ${STATES.map((state) => `${name}.${state}`).join(", ")}, or the name of a traffic: ${names.traffics.join(", ")}`;
    words.fail(`"${name}" is no traffic, and requests are measured per traffic`, hint);
  }
  words.fail(`there is no traffic "${name}"`, didYouMean(name, names.traffics));
}

function checkReplica(words: Words, names: KnownNames, name: string): void {
  const { services, replicas } = names;
  if (services === null || replicas === null) return;
  if (services.includes(name) || replicas.includes(name)) return;
  const known = [...new Set([...services, ...replicas])];
  const what = names.traffics.includes(name)
    ? `"${name}" is a traffic, and has no such state`
    : null;
  words.fail(what ?? `there is no service or replica "${name}"`, didYouMean(name, known));
}

function fail(words: Words, names: KnownNames): never {
  const word = words.next;
  const dot = word.indexOf(".");
  if (dot <= 0) {
    return words.fail(
      `expected something to measure, got ${words.got()}`,
      words.meant([...MEASURES, ...FACTS]),
    );
  }
  const [head, rest] = [word.slice(0, dot), word.slice(dot + 1)];
  const at = words.offset + dot + 1;
  if (head === "errors" || rest.startsWith("errors")) {
    const name = (head === "errors" ? rest : rest.replace(/^errors\.?/, "")) as ErrorClass;
    return words.fail(
      `there is no class of errors "${name}"`,
      didYouMean(name, ERROR_CLASSES),
      words.offset + word.lastIndexOf(".") + 1,
    );
  }
  const isTraffic = names.traffics.includes(head);
  const isService = names.services?.includes(head) || names.replicas?.includes(head);
  const candidates = [...(isService ? [] : MEASURES), ...(isTraffic ? [] : STATES)];
  return words.fail(`"${rest}" is nothing that can be measured`, didYouMean(rest, candidates), at);
}
