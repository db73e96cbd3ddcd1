import { EXIT_CODES } from "../kit/errors.ts";
import type { Ledger } from "../state/ledger.ts";
import type { Output } from "./host.ts";

/** Says what is left, each by a sentence, and what undoes it. */
export function tellLeftovers(stderr: Output, leftovers: readonly string[]): void {
  if (leftovers.length === 0) return;
  for (const left of leftovers) stderr.line(`left behind: ${left}`);
  stderr.line("Put it right with: aegis heal");
}

/** The exit code of a command that is to end with `code`: harm that is still open outranks it, and is told unless it has been. */
export function exitWithHarm(
  stderr: Output,
  ledger: Pick<Ledger, "open"> | undefined,
  code: number,
): number {
  const open = ledger?.open() ?? [];
  if (open.length === 0 || code === EXIT_CODES.HARM_LEFT) return code;
  const left = open.map(
    ({ id, kind, target }) => `${id} (${kind} of ${target?.name ?? "the stack"})`,
  );
  tellLeftovers(stderr, left);
  return EXIT_CODES.HARM_LEFT;
}
