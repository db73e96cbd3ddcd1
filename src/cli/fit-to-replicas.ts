import { AegisError } from "../kit/errors.ts";
import { shellQuoted } from "../kit/shell.ts";
import type { Assertion } from "../model/assertion.ts";

/**
 * The bundled assertions are written for the three replicas of the bundled stack, of which one at a time is harmed. Of as
 * many as `--cmd` has, all but that one must stay ready. Throws INVALID_INPUT where nothing is left to answer meanwhile.
 */
export function fitToReplicas(
  assertions: readonly Assertion[],
  { command, replicas }: { readonly command: string; readonly replicas: number },
): readonly Assertion[] {
  if (replicas < 2) {
    throw new AegisError(
      "INVALID_INPUT",
      "one replica cannot have zero downtime: it is crashed, and nothing else is there to answer",
      {
        hint: `Give it company with --replicas 2, or measure what its loss costs: aegis init --cmd ${shellQuoted(command)} --replicas 1`,
      },
    );
  }
  return assertions.map((assertion) => fitted(assertion, replicas - 1));
}

function fitted(assertion: Assertion, least: number): Assertion {
  const { test } = assertion;
  if (test.about !== "state" || test.state !== "ready") return assertion;
  if (test.throughout === null || test.condition === "unchanged") return assertion;
  const limits = [{ kind: "number" as const, value: least }];
  const text = `${test.subject}.ready ${test.condition.comparison} ${least} throughout`;
  return { ...assertion, text, test: { ...test, condition: { ...test.condition, limits } } };
}
