import { type Alias, type Document, isAlias, isCollection, isPair, isScalar } from "yaml";
import type { Problem } from "./problem.ts";
import { didYouMean } from "./suggest.ts";

/** Nodes that aliases may copy, all in all: 307 bytes of nested ones can become 269 MB. */
const MAX_COPIES = 20_000;

/** Aliases of anchors that are unknown (or that they stand in), and bombs: aliases of aliases of aliases. */
export function aliasProblems(
  document: Document.Parsed,
  problem: (offset: number, message: string, hint?: string) => Problem,
): Problem[] {
  const problems: Problem[] = [];
  const sizes = new Map<string, number>();
  let copies = 0;

  const sizeOf = (node: unknown): number => {
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value);
    if (isAlias(node)) return sizeOfAlias(node);
    const items: readonly unknown[] = isCollection(node) ? node.items : [];
    const size = items.reduce<number>((sum, item) => sum + sizeOf(item), 1);
    const anchor = isCollection(node) || isScalar(node) ? node.anchor : undefined;
    if (anchor !== undefined) sizes.set(anchor, Math.min(size, MAX_COPIES + 1));
    return size;
  };

  const sizeOfAlias = (alias: Alias): number => {
    const offset = alias.range?.[0] ?? 0;
    const size = sizes.get(alias.source);
    if (size === undefined) {
      const hint = didYouMean(alias.source, [...sizes.keys()]);
      problems.push(problem(offset, `no anchor &${alias.source} before it`, hint));
      return 1;
    }
    const before = copies;
    copies += size;
    if (copies > MAX_COPIES && before <= MAX_COPIES) {
      const message = `aliases expand to more than ${MAX_COPIES} copies`;
      problems.push(problem(offset, message, "write out what is nested"));
    }
    return size;
  };

  sizeOf(document.contents);
  return problems;
}
