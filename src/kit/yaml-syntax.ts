import {
  type Document,
  isCollection,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
  type YAMLError,
  type YAMLWarning,
} from "yaml";
import { messageOf } from "./errors.ts";
import { type Problem, ProblemsError } from "./problem.ts";
import { aliasProblems } from "./yaml-aliases.ts";

/** Deeper nesting takes the parser's stack down with it. */
const MAX_DEPTH = 200;
const MAX_PROBLEMS = 20;

export interface SyntaxTree {
  /** null for a file without content. */
  readonly document: Document.Parsed | null;
  readonly lines: LineCounter;
}

/** One YAML 1.2 document, without any syntax error. Throws ProblemsError with all of them. */
export function parseSyntax(text: string, file: string): SyntaxTree {
  const lines = new LineCounter();
  const problem = (offset: number, message: string, hint?: string): Problem => {
    const { line, col } = lines.linePos(offset);
    const place = { line: Math.max(1, line), column: Math.max(1, col) };
    return { file, ...place, path: "", message, ...(hint === undefined ? {} : { hint }) };
  };
  const documents = parseDocuments(text, lines, problem);
  const [document = null, second] = documents;
  const problems = documents.flatMap((each) =>
    [...each.errors, ...each.warnings].map((error) => describe(error, each, problem)),
  );
  if (problems.length === 0 && document !== null) {
    problems.push(...unsupported(document, problem), ...aliasProblems(document, problem));
  }
  if (problems.length === 0 && second !== undefined) {
    const marker = text.lastIndexOf("\n---", second.range[0] + 3) + 1;
    problems.push(
      problem(
        marker,
        `expected one document, got ${documents.length}`,
        'remove the "---" and what follows it, or put it into a file of its own',
      ),
    );
  }
  if (problems.length > 0) throw new ProblemsError(onePerLine(problems));
  return { document, lines };
}

/** A problem at an offset of the text. */
export type MakeProblem = (offset: number, message: string, hint?: string) => Problem;

function parseDocuments(text: string, lines: LineCounter, problem: MakeProblem): Document.Parsed[] {
  const deep = tooDeep(text);
  if (deep !== undefined) {
    const line = text.slice(0, deep).split("\n").length;
    const hint = "a bracket is probably not closed";
    throw new ProblemsError([
      { ...problem(0, `nested more than ${MAX_DEPTH} levels deep`, hint), line },
    ]);
  }
  try {
    const documents = parseAllDocuments(text, {
      version: "1.2",
      merge: true,
      prettyErrors: false,
      lineCounter: lines,
    });
    return "empty" in documents ? [] : documents;
  } catch (thrown) {
    throw new ProblemsError([problem(0, `not readable as YAML: ${messageOf(thrown)}`)]);
  }
}

/** Before the parser sees it: brackets that stay open, or dashes in one line. Returns where it gets too deep. */
function tooDeep(text: string): number | undefined {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const char = text[index];
    if (char === "[" || char === "{") depth += 1;
    else if ((char === "]" || char === "}") && depth > 0) depth -= 1;
    if (depth > MAX_DEPTH) return index;
  }
  const dashes = new RegExp(`^ *(?:[-?:] +){${MAX_DEPTH}}`, "m").exec(text);
  const indented = new RegExp(`^ {${2 * MAX_DEPTH}}`, "m").exec(text);
  return dashes?.index ?? indented?.index;
}

const HINTS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "use spaces",
  DUPLICATE_KEY: "remove one of them",
  BLOCK_AS_IMPLICIT_KEY:
    'put quotes around a text that holds ": ", or check the indentation of this line and the next',
  MULTILINE_IMPLICIT_KEY: 'is a ":" missing, or the indentation of the next line wrong?',
  BAD_INDENT: "indent it like the lines beside it",
  BAD_SCALAR_START: "put the text in quotes",
  BAD_DQ_ESCAPE: "write \\\\ for a backslash, or use single quotes",
  TAG_RESOLVE_FAILED: "remove the tag",
  UNEXPECTED_TOKEN: "check the indentation of this line and the one before",
};

function describe(
  error: YAMLError | YAMLWarning,
  document: Document.Parsed,
  problem: MakeProblem,
): Problem {
  const [offset] = error.pos;
  if (/^Flow (sequence|map)/.test(error.message)) return unclosed(document, offset, problem);
  if (error.code === "MISSING_CHAR" && /closing/.test(error.message)) {
    const start = lastBefore(document, offset, (node) => isScalar(node));
    return problem(start ?? offset, "a quote is not closed", "add the closing quote");
  }
  const message =
    error.code === "DUPLICATE_KEY" ? "this key is given twice" : lowerFirst(error.message);
  return problem(offset, message, HINTS[error.code]);
}

function unclosed(document: Document.Parsed, offset: number, problem: MakeProblem): Problem {
  const start = lastBefore(document, offset, (node) => isCollection(node) && node.flow === true);
  return problem(start ?? offset, "a bracket is not closed", "add the closing ] or }");
}

/** Where the last such node before an offset starts. */
function lastBefore(
  document: Document.Parsed,
  offset: number,
  wanted: (node: Node) => boolean,
): number | undefined {
  let found: number | undefined;
  visit(document, {
    Node: (_key, node) => {
      const start = node.range?.[0];
      if (start !== undefined && start < offset && wanted(node)) {
        found = Math.max(found ?? 0, start);
      }
    },
  });
  return found;
}

function unsupported(document: Document.Parsed, problem: MakeProblem): Problem[] {
  const { version } = document.directives.yaml;
  if (version === "1.2") return [];
  return [problem(0, `expected YAML 1.2, got ${version}`, "remove the %YAML line")];
}

/** One mistake often upsets the parser several times in its line. */
function onePerLine(problems: readonly Problem[]): Problem[] {
  const seen = new Set<number>();
  return problems.filter(({ line }) => !seen.has(line) && seen.add(line)).slice(0, MAX_PROBLEMS);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
