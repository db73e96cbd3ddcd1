import { AegisError } from "../kit/errors.ts";
import type { TargetRef } from "../model/replica.ts";
import type { Release, ReplicaSpec, Stack } from "../model/stack.ts";

/** What a replica runs before it was given any release. */
export const DECLARED_RELEASE: Release = {
  name: null,
  env: {},
  image: null,
  build: null,
  command: null,
};

/** A declared replica as a release has it: environment laid over, program replaced. */
export function withRelease(spec: ReplicaSpec, { env, command }: Release): ReplicaSpec {
  const { process, environment } = spec;
  return {
    ...spec,
    environment: { ...environment, ...env },
    process: process === null || command === null ? process : { ...process, command },
  };
}

/** What a newcomer beside a replica is called, by name or by key: no declared name has a plus. */
export function newcomerOf(nameOrKey: string): string {
  return `${nameOrKey}+`;
}

/** The versions declared for a replica, without what they repeat of it: a version that changes nothing is what runs. */
export function versionsOf({ environment, versions }: ReplicaSpec): ReplicaSpec["versions"] {
  const changed = (env: Release["env"]): Release["env"] =>
    Object.fromEntries(Object.entries(env).filter(([name, value]) => environment[name] !== value));
  return Object.fromEntries(
    Object.entries(versions).map(([name, release]) => [
      name,
      { ...release, env: changed(release.env) },
    ]),
  );
}

/** The versions that a stack declares for a target. Throws ENVIRONMENT for a target that is not of it. */
export function namedReleases(
  { project, replicas }: Stack,
  { key }: TargetRef,
): ReplicaSpec["versions"] {
  const spec = replicas.find(({ name }) => `${project}/${name}` === key);
  if (spec !== undefined) return versionsOf(spec);
  throw new AegisError("ENVIRONMENT", `nothing of ${project} has the key ${key}`, {
    hint: "`aegis status` shows what runs",
  });
}
