import type { ProblemList } from "../kit/problem-list.ts";
import type { StepKind } from "../model/kind.ts";
import type { Stack } from "../model/stack.ts";

/** What the rules of a scenario look at besides the file. */
export interface ParseContext {
  readonly problems: ProblemList;
  readonly kinds: readonly StepKind[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a file that the scenario names by its absolute path. */
  readonly readFile: (path: string) => Uint8Array | string;
  /** null when it could not be read: its own problems are told, and rules about it are skipped. */
  readonly stack: Stack | null;
}

/** Names of the services of a stack, in order; null when it is not known. */
export function serviceNames({ stack }: ParseContext): string[] | null {
  return stack === null ? null : [...new Set(stack.replicas.map(({ service }) => service))];
}

/** Names of the replicas of a stack, or of one service of it; null when it is not known. */
export function replicaNames({ stack }: ParseContext, service?: string): string[] | null {
  if (stack === null) return null;
  const all = stack.replicas.filter((each) => service === undefined || each.service === service);
  return all.map(({ name }) => name);
}
