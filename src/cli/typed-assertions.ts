import { AegisError } from "../kit/errors.ts";
import type { Assertion } from "../model/assertion.ts";
import { parseAssertion } from "../scenario/assertion.ts";
import type { KnownNames } from "../scenario/subjects.ts";
import { PhraseError } from "../scenario/words.ts";

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
