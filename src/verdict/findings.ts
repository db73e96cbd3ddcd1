import type { Assertion } from "../model/assertion.ts";
import type { Finding } from "../model/verdict.ts";

/** What a check found out; the rest of a finding is the assertion's own. */
export type Weighed = Pick<Finding, "status" | "subject"> & Partial<Finding>;

/** A finding with everything that was left out blank. */
export function finding(
  assertion: Pick<Assertion, "text" | "why" | "line">,
  weighed: Weighed,
): Finding {
  return {
    assertion: assertion.text,
    why: assertion.why,
    line: assertion.line,
    measured: "",
    allowed: "",
    value: null,
    samples: null,
    windows: [],
    sentence: "",
    doubts: [],
    ...weighed,
  };
}

/** Nothing to measure: skipped with its step, or inconclusive because it never came to it. */
export function absentFinding(
  assertion: Assertion,
  subject: string,
  absent: { readonly skipped: boolean; readonly reason: string },
): Finding {
  return finding(assertion, {
    status: absent.skipped ? "skipped" : "inconclusive",
    subject,
    measured: "not measured",
    sentence: sentenceOf([absent.reason]),
    doubts: absent.skipped ? [] : [absent.reason],
  });
}

/** Reasons as sentences: `the run ended` becomes `The run ended.`; names like `app.ready` and `storm#2` stay as they are. */
export function sentenceOf(reasons: readonly string[]): string {
  return reasons
    .filter((reason) => reason !== "")
    .map((reason) => reason.replace(/^[a-z]+(?=[ ,:])/, capitalised))
    .map((sentence) => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`))
    .join(" ");
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
