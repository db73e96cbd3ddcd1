import type { z } from "zod";
import type { ProblemList } from "./problem-list.ts";
import { keysAt } from "./schema-keys.ts";
import type { SourcePath, YamlSource } from "./source.ts";
import { didYouMean, suggest } from "./suggest.ts";

/**
 * The data of a file (or of a part of it, at `path`) by a zod schema; undefined when it does not fit, with a Problem per
 * issue at its place: unknown keys at the key with what was probably meant, wrong types with what was expected and what
 * came, missing keys at their parent's key. A schema's own message wins; a custom issue may carry `params: { hint }`.
 */
export function checkShape<Schema extends z.ZodType>(
  source: YamlSource,
  schema: Schema,
  problems: ProblemList,
  path: SourcePath = [],
): z.output<Schema> | undefined {
  const data = valueAt(source.data, path);
  const result = schema.safeParse(data, { reportInput: true, error: messageFor });
  if (result.success) return result.data;
  const issues = result.error.issues.flatMap((issue) => flatten(issue, []));
  const meant = meantKeys(issues, schema);
  for (const issue of issues) {
    const at = [...path, ...issue.path];
    if (issue.code === "unrecognized_keys") {
      addUnknownKeys({ source, schema, problems, at, issue });
    } else if (isMissing(data, issue.path)) {
      if (!meant.has(issue.path.join("\0"))) addMissing({ source, problems, at });
    } else {
      const { message } = issue;
      const key = issue.code === "invalid_key" ? ({ at: "key" } as const) : {};
      problems.add({ source, path: at, message, hint: hintOf(issue), ...key });
    }
  }
  return undefined;
}

const NOT_UNDERSTOOD = "not understood:";

type RawIssue = z.core.$ZodIssue;
type Issue = Omit<RawIssue, "path"> & {
  readonly path: SourcePath;
  readonly keys?: readonly string[];
  readonly params?: Record<string, unknown> | undefined;
  readonly values?: readonly unknown[];
  readonly options?: readonly unknown[];
  readonly input?: unknown;
};

/** A failed union becomes the issues of the branch that was probably meant: one that at least has the right type. */
function flatten(raw: RawIssue, base: SourcePath): Issue[] {
  const path = [...base, ...(raw.path as SourcePath)];
  const issue = { ...raw, path } as Issue;
  if (raw.code !== "invalid_union" || raw.errors.length === 0) return [issue];
  const branches = raw.errors.filter((errors) => errors.every((each) => !isWrongType(each)));
  const [best] = branches.sort((a, b) => a.length - b.length);
  if (best !== undefined) return best.flatMap((each) => flatten(each, path));
  if (!raw.message.startsWith(NOT_UNDERSTOOD)) return [issue];
  const expected = raw.errors.flat().flatMap((each) => ("expected" in each ? each.expected : []));
  return [{ ...issue, message: `expected ${listed(expected)}, got ${valueText(raw.input)}` }];
}

function isWrongType(issue: RawIssue): boolean {
  return issue.path.length === 0 && issue.code === "invalid_type";
}

function messageFor(issue: z.core.$ZodRawIssue): string {
  const got = `got ${valueText(issue.input)}`;
  switch (issue.code) {
    case "invalid_type":
      return `expected ${typeName(issue.expected)}, ${got}`;
    case "invalid_value":
      return `expected ${(issue.values as unknown[]).map(valueText).join(" or ")}, ${got}`;
    case "too_small":
      return `expected ${bound(issue, "at least", issue.minimum)}, ${got}`;
    case "too_big":
      return `expected ${bound(issue, "at most", issue.maximum)}, ${got}`;
    case "invalid_format":
      return `expected a text like ${String(issue.pattern ?? issue.format)}, ${got}`;
    case "invalid_key":
      return `not a possible name: ${valueText(issue.input)}`;
    default:
      return `${NOT_UNDERSTOOD} ${valueText(issue.input)}`;
  }
}

function bound(issue: z.core.$ZodRawIssue, word: string, limit: unknown): string {
  const inclusive = "inclusive" in issue && issue.inclusive === false;
  const words = inclusive ? `${word === "at least" ? "more" : "less"} than` : word;
  const origin = "origin" in issue ? issue.origin : "";
  if (origin === "string" && limit === 1) return "a text";
  const units: Record<string, string> = { string: " characters", array: " items", set: " items" };
  return `${words} ${String(limit)}${units[String(origin)] ?? ""}`;
}

function hintOf(issue: Issue): string | undefined {
  const hint = issue.params?.["hint"];
  if (typeof hint === "string") return hint;
  const accepted = issue.values ?? issue.options;
  if (accepted === undefined || typeof issue.input !== "string") return undefined;
  return didYouMean(issue.input, accepted.map(String));
}

function addUnknownKeys(context: {
  readonly source: YamlSource;
  readonly schema: z.ZodType;
  readonly problems: ProblemList;
  readonly at: SourcePath;
  readonly issue: Issue;
}): void {
  const { source, schema, problems, at, issue } = context;
  const known = keysAt(schema, issue.path);
  for (const key of issue.keys ?? []) {
    const path = [...at, key];
    problems.add({ source, path, message: "unknown key", hint: didYouMean(key, known), at: "key" });
  }
}

function addMissing(context: {
  readonly source: YamlSource;
  readonly problems: ProblemList;
  readonly at: SourcePath;
}): void {
  const { source, problems, at } = context;
  const name = String(at.at(-1) ?? "content");
  const message = `"${name}" is missing`;
  problems.add({ source, path: at.slice(0, -1), message, hint: `add "${name}:"`, at: "key" });
}

/** Missing keys that an unknown key beside them was probably meant to be: one mistake, told once. */
function meantKeys(issues: readonly Issue[], schema: z.ZodType): ReadonlySet<string> {
  const meant = new Set<string>();
  for (const { path, keys = [] } of issues) {
    for (const key of keys) {
      const near = suggest(key, keysAt(schema, path));
      if (near !== undefined) meant.add([...path, near].join("\0"));
    }
  }
  return meant;
}

function isMissing(data: unknown, path: SourcePath): boolean {
  const name = path.at(-1);
  const parent = valueAt(data, path.slice(0, -1));
  return (
    name !== undefined &&
    typeof parent === "object" &&
    parent !== null &&
    !Array.isArray(parent) &&
    !Object.hasOwn(parent, name)
  );
}

function valueAt(data: unknown, path: SourcePath): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string | number, unknown>)[part]
        : undefined,
    data,
  );
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map (key: value)",
  record: "a map (key: value)",
  null: "nothing",
};

function typeName(expected: unknown): string {
  return TYPE_NAMES[String(expected)] ?? String(expected);
}

function listed(expected: readonly unknown[]): string {
  return [...new Set(expected.map(typeName))].join(" or ");
}

/** A value as a person would name it: `5`, `"text"`, `a list`, `nothing`. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value !== "string") return String(value);
  return value.length <= 60 ? JSON.stringify(value) : `${JSON.stringify(value.slice(0, 57))}...`;
}
