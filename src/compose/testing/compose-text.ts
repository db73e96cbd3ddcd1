import { formatProblem, ProblemsError } from "../../kit/problem.ts";
import { type ComposeOptions, type ParsedCompose, parseCompose } from "../parse.ts";

/** A compose file of a test: `c.yml` in `/srv/My Shop`, nothing in the environment. */
export function parse(text: string, options: Partial<ComposeOptions> = {}): ParsedCompose {
  return parseCompose({
    text,
    file: "c.yml",
    directory: "/srv/My Shop",
    env: {},
    project: null,
    profiles: [],
    ...options,
  });
}

/** What is wrong with it, as people read it; empty when nothing is. */
export function problemsOf(text: string, options: Partial<ComposeOptions> = {}): string[] {
  try {
    parse(text, options);
    return [];
  } catch (thrown) {
    if (thrown instanceof ProblemsError) return thrown.problems.map(formatProblem);
    throw thrown;
  }
}
