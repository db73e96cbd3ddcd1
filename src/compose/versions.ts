import { resolve } from "node:path";
import { z } from "zod";
import type { BuildSpec, Release, ReplicaSpec } from "../model/stack.ts";
import { commandLine, scalarText } from "./fields.ts";

const text = z.string().min(1);

const NO_DETAILS = { dockerfile: undefined, target: undefined, args: undefined };

/** A compose `build` as far as a version needs one: where from, by which file, up to which stage, with which arguments. */
const build = z.union([
  text.transform((context) => ({ ...NO_DETAILS, context })),
  z.strictObject({
    context: text.optional(),
    dockerfile: text.optional(),
    target: text.optional(),
    args: z
      .union([
        z.record(z.string(), scalarText),
        z
          .array(z.string().regex(/^[^=]+=/, { error: "expected NAME=value" }))
          .transform((lines) => Object.fromEntries(lines.map(assignment))),
      ])
      .optional(),
  }),
]);

/** One of `x-aegis.versions`: what makes it another program than the declared one. */
export const versionKeys = z
  .strictObject({
    env: z.record(z.string(), scalarText).optional(),
    image: text.optional(),
    build: build.optional(),
    process: z.strictObject({ command: commandLine }).optional(),
  })
  .check(({ value, issues }) => {
    const { env = {}, image, build: source, process } = value;
    const complain = (message: string, hint: string): void =>
      void issues.push({ code: "custom", message, params: { hint }, input: value });
    // A key that is not known says what was meant better than we could.
    if (issues.length > 0) return;
    if (image !== undefined && source !== undefined) {
      complain("has an image and a build, and can be made of one only", "keep one of them");
    }
    if (Object.keys(env).length > 0 || (image ?? source ?? process) !== undefined) return;
    complain(
      "changes nothing of what is declared",
      "say what makes it another version: env, image, build or process",
    );
  });

type VersionKeys = z.output<typeof versionKeys>;

/** The versions a service declares. Relative paths start from `directory`, that of the compose file. */
export function versionsOf(
  { versions = {} }: { readonly versions?: Readonly<Record<string, VersionKeys>> | undefined },
  directory: string,
): ReplicaSpec["versions"] {
  return Object.fromEntries(
    Object.entries(versions).map(([name, keys]) => [name, releaseOf(name, keys, directory)]),
  );
}

function releaseOf(name: string, keys: VersionKeys, directory: string): Release {
  return {
    name,
    env: keys.env ?? {},
    image: keys.image ?? null,
    build: keys.build === undefined ? null : buildOf(keys.build, directory),
    command: keys.process?.command ?? null,
  };
}

/** As compose has it, the Dockerfile is looked for in the context. */
function buildOf(keys: z.output<typeof build>, directory: string): BuildSpec {
  const { dockerfile, target, args } = keys;
  const context = resolve(directory, keys.context ?? ".");
  return {
    context,
    dockerfile: dockerfile === undefined ? null : resolve(context, dockerfile),
    target: target ?? null,
    args: args ?? {},
  };
}

function assignment(line: string): [string, string] {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}
