import type { Project } from "./project.ts";
import type { ReplicaRecord } from "./replica-record.ts";

/** Where nobody keeps anything. */
const FLEETING = [
  "/tmp",
  "/run",
  "/var/run",
  "/var/tmp",
  "/var/cache",
  "/var/log",
  "/dev",
  "/proc",
  "/sys",
];

/** `docker diff` says: 0 changed, 1 added, 2 deleted. */
const DELETED = 2;

/** What would be lost with this container, each as a person would name it. Rejects with ENVIRONMENT. */
export async function lossesOf(project: Project, record: ReplicaRecord): Promise<string[]> {
  const { container, spec } = record;
  if (container === null) return [];
  const api = project.client.api.getContainer(container.id);
  const doing = `see what ${spec.name} has written`;
  const info = await project.ask(api.inspect(), doing, 404);
  // Docker says `null` for none, which reaches us as the bytes of it.
  const told: unknown = await project.ask(api.changes(), doing, 404);
  const changes = Array.isArray(told) ? (told as Change[]) : [];
  const mounts = (info?.Mounts ?? []).map(({ Destination }) => Destination);
  const volumes = container.anonymousVolumes.map(({ path }) => `anonymous volume at ${path}`);
  return [...volumes, ...inWords(filesWritten(changes, mounts))];
}

export interface Change {
  readonly Path: string;
  readonly Kind: number;
}

/** The files among the changes of a writable layer that somebody may miss: no directories that only hold others, no mount points. */
export function filesWritten(changes: readonly Change[], mounts: readonly string[]): string[] {
  const holding = new Set(
    [...changes.map(({ Path }) => Path), ...mounts].flatMap((path) => parentsOf(path)),
  );
  return changes
    .filter(({ Kind }) => Kind !== DELETED)
    .map(({ Path }) => Path)
    .filter((path) => !holding.has(path) && !mounts.some((mount) => isWithin(path, mount)))
    .filter((path) => !FLEETING.some((place) => isWithin(path, place)))
    .sort();
}

function inWords(files: readonly string[]): string[] {
  const [first, ...others] = files;
  if (first === undefined) return [];
  const more =
    others.length === 0
      ? ""
      : ` and ${others.length} more ${others.length === 1 ? "file" : "files"}`;
  return [`${first}${more} in its own layer`];
}

function parentsOf(path: string): string[] {
  const names = path.split("/").slice(1, -1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
