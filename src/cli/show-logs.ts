import { AegisError } from "../kit/errors.ts";
import { didYouMean } from "../kit/suggest.ts";
import type { Stack } from "../model/stack.ts";
import type { Paper, Tone } from "../report/paper.ts";
import { clean, pad } from "../report/text-width.ts";
import { endSignal } from "./end-signal.ts";
import type { Host } from "./host.ts";
import { loadStack, NO_CHOICE, type StackFlags } from "./load-stack.ts";
import { withRunningStack } from "./open-stack.ts";
import { paperOf } from "./terminal-paper.ts";

/** The options of `aegis logs`, as commander gives them. */
export interface LogFlags extends StackFlags {
  readonly follow: boolean;
  readonly tail?: number;
}

/** Told apart by colour, in the order of the file. */
const TONES: readonly Tone[] = ["accent", "good", "doubt", "bold", "plain"];

/** Prints what the replicas print, each line behind its replica's name. */
export async function showLogs(
  host: Host,
  names: readonly string[],
  flags: LogFlags,
): Promise<void> {
  const loaded = loadStack(host.world, flags, NO_CHOICE, { glance: true });
  const replicas = replicasNamed(loaded.stack, names);
  const paper = paperOf(host);
  const prefixes = prefixesOf(paper, replicas);
  const signal = endSignal(host);
  await withRunningStack(host, loaded, async (engine) => {
    const { follow, tail = null } = flags;
    for await (const line of engine.logs({ names: replicas, follow, tail, signal })) {
      const text = host.stdout.isTerminal ? clean(line.text) : line.text;
      host.stdout.line(`${prefixes.get(line.replica) ?? line.replica}${text}`);
      if (signal.aborted) break;
    }
  });
}

/** Replicas by their own names or their services'. Throws INVALID_INPUT for a name that is neither. */
function replicasNamed({ replicas }: Stack, names: readonly string[]): string[] {
  const known = [...new Set(replicas.flatMap(({ name, service }) => [service, name]))];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new AegisError("INVALID_INPUT", `there is no service or replica "${unknown}"`, {
      hint: didYouMean(unknown, known),
    });
  }
  return replicas
    .filter(
      ({ name, service }) =>
        names.length === 0 || [name, service].some((each) => names.includes(each)),
    )
    .map(({ name }) => name);
}

function prefixesOf(paper: Paper, replicas: readonly string[]): ReadonlyMap<string, string> {
  const width = Math.max(0, ...replicas.map((name) => name.length));
  return new Map(
    replicas.map((name, index) => [
      name,
      paper.paint(TONES[index % TONES.length] as Tone, `${pad(name, width)} | `),
    ]),
  );
}
