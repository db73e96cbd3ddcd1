import { AegisError } from "../kit/errors.ts";
import type { Assertion } from "../model/assertion.ts";
import type { Stack } from "../model/stack.ts";
import { parseAssertion } from "../scenario/assertion.ts";
import type { KnownNames, KnownStep } from "../scenario/subjects.ts";
import { PhraseError } from "../scenario/words.ts";

/** What assertions about a generated plan may name: its one traffic, the stack, its one step. */
export function namesOf({ replicas }: Stack, step: string, known: KnownStep): KnownNames {
  return {
    traffics: ["main"],
    services: [...new Set(replicas.map(({ service }) => service))],
    replicas: replicas.map(({ name }) => name),
    steps: new Map([[step, known]]),
  };
}

/** The values of `--assert`. Throws INVALID_INPUT for the first that is none, with what was probably meant. */
export function typedAssertions(texts: readonly string[], names: KnownNames): Assertion[] {
  return texts.map((text) => {
    try {
      return { text, why: null, line: null, test: parseAssertion(text, names) };
    } catch (thrown) {
      if (!(thrown instanceof PhraseError)) throw thrown;
      const { message, hint } = thrown;
      throw new AegisError(
        "INVALID_INPUT",
        `--assert "${text}": ${message}`,
        hint === undefined ? {} : { hint },
      );
    }
  });
}
