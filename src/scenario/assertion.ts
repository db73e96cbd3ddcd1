import { didYouMean } from "../kit/suggest.ts";
import {
  type AssertionTest,
  type FactTest,
  type MeasureTest,
  PHASES,
  type StateTest,
  type Window,
} from "../model/assertion.ts";
import { takeCondition } from "./limit.ts";
import { type KnownNames, type Subject, takeSubject } from "./subjects.ts";
import { Words } from "./words.ts";

type SubjectOf<About> = Extract<Subject, { about: About }>;

/**
 * One assertion, by recursive descent over the grammar in docs/scenarios.md. A window may also stand last, where it reads
 * more naturally (`app.ready >= 2 throughout`). Throws PhraseError at the character, with what was probably meant.
 */
export function parseAssertion(text: string, names: KnownNames): AssertionTest {
  const words = new Words(text);
  if (words.atEnd)
    words.fail("expected an assertion, got nothing", "write it like main.failed == 0");
  const subject = takeSubject(words, names);
  const test = restOf(words, subject, names);
  words.end();
  return test;
}

function restOf(words: Words, subject: Subject, names: KnownNames): AssertionTest {
  switch (subject.about) {
    case "measure":
      return measureTest(words, subject, names);
    case "fact":
      return factTest(words, subject, names);
    case "state":
      return stateTest(words, subject, names);
  }
}

function measureTest(words: Words, subject: SubjectOf<"measure">, names: KnownNames): MeasureTest {
  const { traffic, measure } = subject;
  const before = takeWindow(words, names);
  const { comparison, limits } = takeCondition(words, subject);
  const window = before ?? takeWindow(words, names) ?? { kind: "run" };
  return { about: "measure", traffic, measure, window, comparison, limits };
}

function factTest(words: Words, subject: SubjectOf<"fact">, names: KnownNames): FactTest {
  words.oneOf(["of"], `"of" and a step`);
  const { offset } = words;
  const step = words.accept("every") ? null : takeStep(words, names);
  if (step === null) words.oneOf(["step"], '"step" after "every"');
  const known = step === null ? undefined : names.steps.get(step);
  if (subject.fact === "recovery" && known?.targeted === false) {
    words.fail(`${step} harms nothing, so nothing recovers`, "remove this assertion", offset);
  }
  const limitAt = words.offset;
  const { comparison, limits } = takeCondition(words, subject);
  if (subject.fact === "outcome") checkOutcomes({ words, names, step, limits, limitAt });
  return { about: "fact", fact: subject.fact, step, comparison, limits };
}

function checkOutcomes(context: {
  readonly words: Words;
  readonly names: KnownNames;
  readonly step: string | null;
  readonly limits: FactTest["limits"];
  readonly limitAt: number;
}): void {
  const { words, names, step, limits, limitAt } = context;
  const own = step === null ? [...names.steps.values()] : [names.steps.get(step)];
  const possible = ["not-injected", ...own.flatMap((each) => each?.outcomes ?? [])];
  for (const word of limits.flatMap((limit) => (limit.kind === "words" ? limit.words : []))) {
    if (possible.includes(word)) continue;
    const offset = words.text.indexOf(word, limitAt);
    const of = step === null ? "any step" : step;
    words.fail(`"${word}" is no outcome of ${of}`, didYouMean(word, possible), offset);
  }
}

function stateTest(words: Words, subject: SubjectOf<"state">, names: KnownNames): StateTest {
  const before = takeThroughout(words, names);
  const condition = words.accept("unchanged") ? "unchanged" : takeCondition(words, subject);
  const throughout = before ?? takeThroughout(words, names);
  return { about: "state", subject: subject.subject, state: subject.state, throughout, condition };
}

function takeThroughout(words: Words, names: KnownNames): Window | null {
  if (words.accept("throughout")) return takeWindow(words, names) ?? { kind: "run" };
  if (["during", "after", "in", "outside"].includes(words.next)) {
    words.fail(`expected "throughout" before ${words.got()}`, `write throughout ${words.next} ...`);
  }
  return null;
}

function takeWindow(words: Words, names: KnownNames): Window | null {
  for (const kind of ["during", "after"] as const) {
    if (words.accept(kind)) return { kind, step: takeStep(words, names), plusMs: words.plus() };
  }
  if (words.accept("in")) return { kind: "phase", phase: words.oneOf(PHASES, "a phase") };
  if (!words.accept("outside")) return null;
  words.oneOf(["steps"], '"steps" after "outside"');
  return { kind: "outside" };
}

function takeStep(words: Words, names: KnownNames): string {
  const steps = [...names.steps.keys()];
  if (!steps.includes(words.next)) {
    words.fail(
      words.atEnd ? "expected a step" : `there is no step ${words.got()}`,
      words.meant(steps),
    );
  }
  return words.take();
}
