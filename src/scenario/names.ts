import { type ParseContext, replicaNames, serviceNames } from "./context.ts";
import { type Gathered, idOf } from "./gather.ts";
import { NAME } from "./schema.ts";
import { KEYWORDS } from "./subjects.ts";

/** Names of traffics, services, replicas and steps are disjoint, and those that a scenario gives are no words of its language. */
export function checkNames(context: ParseContext, gathered: Gathered): void {
  const taken = new Map<string, string>();
  for (const name of serviceNames(context) ?? []) taken.set(name, "a service of the stack");
  for (const name of replicaNames(context) ?? []) {
    if (!taken.has(name)) taken.set(name, "a replica of the stack");
  }
  for (const [name, { source, path }] of gathered.traffic) {
    const wrong = wrongName(name, taken);
    if (wrong !== null) context.problems.add({ source, path, ...wrong, at: "key" });
    taken.set(name, "a traffic");
  }
  for (const step of gathered.steps) {
    const name = idOf(step);
    if (name === null) continue;
    const wrong = wrongName(name, taken);
    const path = [...step.path, "id"];
    if (wrong !== null) context.problems.add({ source: step.source, path, ...wrong });
    taken.set(name, "another step");
  }
}

function wrongName(
  name: string,
  taken: ReadonlyMap<string, string>,
): { readonly message: string; readonly hint: string } | null {
  if (!NAME.test(name)) {
    const message = `expected a name of letters, digits, - and _, beginning with a letter, got "${name}"`;
    return { message, hint: `write ${proper(name)}` };
  }
  if (KEYWORDS.has(name)) {
    return {
      message: `"${name}" is a word of the language of assertions`,
      hint: `call it ${name}-1`,
    };
  }
  const by = taken.get(name);
  if (by === undefined) return null;
  return { message: `the name "${name}" is taken by ${by}`, hint: `call it ${name}-2` };
}

function proper(name: string): string {
  const letters = name.replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^[^A-Za-z]+|-+$/g, "");
  return letters === "" ? "main" : letters;
}
