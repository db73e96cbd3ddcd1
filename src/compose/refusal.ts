import { type Problem, ProblemsError } from "../kit/problem.ts";
import { type Position, readYaml } from "../kit/source.ts";

/** The words of compose against a file as a problem, at the place that they name: a service, or a line. */
export function locateRefusal(
  { path: file, text }: { readonly path: string; readonly text: Uint8Array | string },
  message: string,
): Problem {
  return { file, ...placeIn(file, text, message), path: "", message };
}

function placeIn(file: string, text: Uint8Array | string, message: string): Position {
  const line = /\bline (\d+)(?:, column (\d+)|:)/.exec(message);
  if (line !== null) return { line: Number(line[1]), column: Number(line[2] ?? 1) };
  const [, name, key] = /\bservices\.([\w-]+)(?:\.([\w-]+))?/.exec(message) ?? [];
  const service = name ?? /[Ss]ervice ['"]?([\w-]+)/.exec(message)?.[1];
  if (service === undefined) return { line: 1, column: 1 };
  try {
    const path = ["services", service, ...(key === undefined ? [] : [key])];
    return readYaml(text, file).locateKey(path);
  } catch (thrown) {
    if (thrown instanceof ProblemsError) return { line: 1, column: 1 };
    throw thrown;
  }
}
