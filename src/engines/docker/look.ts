import type { Replica } from "../../model/replica.ts";
import { removedReplica } from "../absent-replica.ts";
import { type Inspected, instanceOf } from "./inspected.ts";
import type { Project } from "./project.ts";
import { ReplicaRecord } from "./replica-record.ts";

/**
 * The replica as Docker itself says it is now. Its events may be late: an undo that goes by what they have told would take
 * harm that is there for undone. Tells of nothing. Rejects with ENVIRONMENT.
 */
export async function lookAt(project: Project, record: ReplicaRecord): Promise<Replica> {
  const { key, spec, container } = record;
  const same = container === null ? null : await project.containers.inspect(container.id);
  const now = same ?? (await standIn(project, record));
  if (now === null || now.state === "removed") {
    return removedReplica({ key, service: spec.service, name: spec.name, instance: null });
  }
  return isAsTold(record, now) ? record.view() : seenAs(record, now);
}

/** Whichever container takes its place by now. */
export async function standIn(
  { containers }: Project,
  { spec }: ReplicaRecord,
): Promise<Inspected | null> {
  const { service, number } = spec.container ?? { service: spec.name, number: 1 };
  return (await containers.replicas()).get(`${service}/${number}`) ?? null;
}

function isAsTold({ state, instance }: ReplicaRecord, now: Inspected): boolean {
  return now.state === state && (now.pid === 0 || instanceOf(now) === instance);
}

function seenAs({ key, spec }: ReplicaRecord, now: Inspected): Replica {
  const record = new ReplicaRecord(spec, key, { canAsk: () => true, emit: () => undefined });
  record.found(now);
  return record.view();
}
