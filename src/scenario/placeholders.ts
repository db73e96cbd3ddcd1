import type { SourcePath, YamlSource } from "../kit/source.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { ParseContext } from "./context.ts";

/**
 * Checks the `${...}` of a text: `${env:NAME}` must be set, `${request.id}` only stands where every request has its own
 * text. Returns the text with the environment filled in, for checks only: a plan never holds a secret; null when it cannot be.
 */
export function checkPlaceholders(
  context: ParseContext,
  place: { readonly source: YamlSource; readonly path: SourcePath },
  text: string,
  perRequest: boolean,
): string | null {
  let whole = true;
  const known = ["env:NAME", ...(perRequest ? ["request.id"] : [])];
  const report = (message: string, hint: string, offset: number): string => {
    context.problems.add({ ...place, message, hint, offset });
    whole = false;
    return "";
  };
  const filled = text.replace(/\$\{([^}]*)\}/g, (match, name: string, offset: number) => {
    if (name === "request.id" && perRequest) return match;
    const variable = /^env:([A-Za-z_][A-Za-z0-9_]*)$/.exec(name)?.[1];
    if (variable === undefined) {
      const tail = /^(?:\w*:)?([A-Z][A-Z0-9_]*)$/.exec(name)?.[1];
      const hint = tail === undefined ? didYouMean(name, known) : `did you mean "env:${tail}"?`;
      return report(`${match} is not known here`, hint, offset);
    }
    const value = context.env[variable];
    if (value !== undefined) return value;
    return report(
      `the environment has no ${variable}`,
      `set it: ${variable}=... aegis ...`,
      offset,
    );
  });
  return whole ? filled : null;
}
