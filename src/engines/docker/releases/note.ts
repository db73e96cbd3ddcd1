import type { Release } from "../../../model/stack.ts";
import { RELEASE } from "../labels.ts";
import type { OwnConfig } from "./own-config.ts";

/** What a container was declared to be before its release was first changed. */
export interface Declared {
  readonly image: {
    /** As compose asked for it. */
    readonly name: string;
    readonly id: string;
  };
  readonly config: OwnConfig;
}

/** What a container of another release than the declared one says of itself, in a label. */
export interface Note extends Pick<Release, "name" | "env"> {
  readonly declared: Declared;
}

type Labels = Readonly<Record<string, string | undefined>>;

/** null: the container is as declared, or the label is none of ours. */
export function notedIn({ [RELEASE]: text }: Labels): Note | null {
  if (text === undefined) return null;
  try {
    const note = JSON.parse(text) as Partial<Note> | null;
    return note?.env !== undefined && note.declared !== undefined ? (note as Note) : null;
  } catch {
    return null;
  }
}

/** The label for a container of this pinned release; none for what is declared. */
export function noteOf(
  { name, env, image }: Release,
  declared: Declared,
): Readonly<Record<string, string>> {
  const isDeclared = name === null && Object.keys(env).length === 0 && image === declared.image.id;
  return isDeclared ? {} : { [RELEASE]: JSON.stringify({ name, env, declared } satisfies Note) };
}

/** The release of a container that runs this image. */
export function releaseFrom(labels: Labels, image: string): Release {
  const { name, env } = notedIn(labels) ?? { name: null, env: {} };
  return { name, env, image, build: null, command: null };
}

/** Of two pinned ones. */
export function isSameRelease(a: Release, b: Release): boolean {
  const { length } = Object.keys(a.env);
  const isSameEnv =
    length === Object.keys(b.env).length &&
    Object.entries(a.env).every(([key, value]) => b.env[key] === value);
  return a.name === b.name && a.image === b.image && isSameEnv;
}
