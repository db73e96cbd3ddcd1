import { relative } from "node:path";

/** A path as a person types it in `cwd`: relative below it, absolute elsewhere. */
export function typedPath(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith("..") ? path : short;
}
