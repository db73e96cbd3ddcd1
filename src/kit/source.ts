import { type Document, isAlias, isMap, isPair, isScalar, isSeq, type Node, type Pair } from "yaml";
import { decodeText } from "./decode.ts";
import { parseSyntax } from "./yaml-syntax.ts";

/** The way into a document: keys of maps and indices of lists. */
export type SourcePath = readonly (string | number)[];

/** Both 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A YAML file as data, with the place of everything in it. */
export interface YamlSource {
  readonly file: string;
  /** Plain data; null for an empty file. Aliases share objects; merge keys (`<<`) are merged in. */
  readonly data: unknown;
  /** Where the value stands; of a missing one, its nearest parent that exists. */
  locate(path: SourcePath): Position;
  /** Where the value's key stands; of a list's item, the item; of a missing one, its nearest parent's key. */
  locateKey(path: SourcePath): Position;
  /** Where a character of a text value stands (0-based offset); of a block text, where it starts. */
  locateIn(path: SourcePath, offset: number): Position;
}

/**
 * Reads one YAML 1.2 document, strictly. Throws ProblemsError with every syntax error at its line; also for files over
 * 1 MiB, not UTF-8, with several documents, indented by tabs, with a key given twice, or with an alias bomb.
 */
export function readYaml(bytes: Uint8Array | string, file: string): YamlSource {
  const { document, lines } = parseSyntax(decodeText(bytes, file), file);
  const position = (offset: number | undefined): Position => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  return {
    file,
    data: document?.toJS({ maxAliasCount: -1 }) ?? null,
    locate: (path) => position(walk(document, path).node?.range?.[0]),
    locateKey: (path) => {
      const { node, pair } = walk(document, path);
      return position((pair?.key as Node | undefined)?.range?.[0] ?? node?.range?.[0]);
    },
    locateIn: (path, offset) => {
      const { node } = walk(document, path);
      return position((node?.range?.[0] ?? 0) + offsetIn(node, offset));
    },
  };
}

function offsetIn(node: Node | null, offset: number): number {
  if (!isScalar(node)) return 0;
  if (node.type === "PLAIN") return offset;
  return node.type === "QUOTE_SINGLE" || node.type === "QUOTE_DOUBLE" ? offset + 1 : 0;
}

interface Place {
  readonly node: Node | null;
  /** The key and value that the way ended in; undefined for a list's item and the root. */
  readonly pair: Pair | undefined;
}

/** As far as the way goes. */
function walk(document: Document.Parsed | null, path: SourcePath): Place {
  let place: Place = { node: document?.contents ?? null, pair: undefined };
  if (document === null) return place;
  for (const part of path) {
    const next = child(document, place.node, part);
    if (next === undefined) return place;
    place = next;
  }
  return place;
}

function child(
  document: Document.Parsed,
  parent: unknown,
  part: string | number,
): Place | undefined {
  const container = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(container)) {
    const item = container.items[Number(part)];
    return item === undefined ? undefined : { node: item as Node, pair: undefined };
  }
  if (!isMap(container)) return undefined;
  for (const pair of container.items) {
    if (keyText(pair) === String(part)) return { node: pair.value as Node | null, pair };
  }
  return mergedChild(document, container.items, part);
}

/** Of `<<: *base` and `<<: [*one, *two]`. */
function mergedChild(
  document: Document.Parsed,
  pairs: readonly Pair[],
  part: string | number,
): Place | undefined {
  for (const pair of pairs) {
    if (keyText(pair) !== "<<") continue;
    for (const base of isSeq(pair.value) ? pair.value.items : [pair.value]) {
      const found = child(document, isPair(base) ? base.value : base, part);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function keyText(pair: Pair): string | undefined {
  if (!isScalar(pair.key)) return undefined;
  const { value } = pair.key;
  return typeof value === "symbol" ? "<<" : String(value);
}
