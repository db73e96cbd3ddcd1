import type { BuildSpec } from "../../../model/stack.ts";

/** For `docker build`, which leaves the id of what it has built in `idFile`. */
export function buildArguments(
  { context, dockerfile, target, args }: BuildSpec,
  idFile: string,
): string[] {
  return [
    "build",
    // What a failed step leaves would stay for ever.
    "--force-rm",
    ...(dockerfile === null ? [] : ["--file", dockerfile]),
    ...(target === null ? [] : ["--target", target]),
    ...Object.entries(args).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]),
    "--iidfile",
    idFile,
    "--",
    context,
  ];
}

/** Under which name an image is kept that nothing else names: `shop-web:aegis-0123456789ab`. */
export function keptImage(
  project: string,
  service: string,
  id: string,
): { readonly repo: string; readonly tag: string } {
  const repo = `${project}-${service}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  return { repo, tag: keptTag(id) };
}

export function keptTag(id: string): string {
  return `aegis-${id.replace(/^sha256:/, "").slice(0, 12)}`;
}
