import type { World } from "../kit/world.ts";
import type { ImageFacts, ReplicaSpec, Stack } from "../model/stack.ts";

/** How an engine itself reads the projects that it could run. It waits, because all that is read before a run is. Calls throw ENVIRONMENT when they cannot. */
export interface ProjectReader {
  /** Compose files with everything resolved, as YAML, or what speaks against them. Starts nothing. */
  config(world: World, project: ComposeProject): ComposeConfig;
  /** What images say of themselves, by the names given; those that are not here are left out. */
  images(world: World, names: readonly string[]): ReadonlyMap<string, ImageFacts>;
  /** The numbers of a project's containers, ascending, by compose service; none where it cannot be told. */
  numbers(world: World, project: string): ReadonlyMap<string, readonly number[]>;
  /** The stack of a project that is there, up or not, by whomever it was made; null: there is none of that name. */
  running(world: World, project: string, know: (origin: Origin) => Known): Stack | null;
  /** The names of the projects that are there. */
  projects(world: World): readonly string[];
}

/** What compose is told about a project before any command. */
export interface ComposeProject {
  /** null: compose names it, by the file or the directory. */
  readonly project: string | null;
  /** Absolute, the first is the base of the others. */
  readonly files: readonly string[];
  readonly directory: string;
  readonly profiles: readonly string[];
}

export type ComposeConfig =
  | { readonly text: string }
  /** In the words of compose, and how it was asked. */
  | { readonly refused: string; readonly command: string };

/** Where a project says that it comes from. */
export interface Origin {
  readonly directory: string | null;
  /** As compose was given them. */
  readonly files: readonly string[];
}

/** What can be read here of the files of a running project. */
export interface Known
  extends Pick<Stack, "file" | "overrides" | "directory" | "entry" | "entryPort"> {
  /** The spec of a container of this compose service, with what aegis is told about it. */
  told(service: string, spec: ReplicaSpec): ReplicaSpec;
}
