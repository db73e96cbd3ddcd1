import { AegisError } from "../../kit/errors.ts";
import type { TargetRef } from "../../model/replica.ts";
import type { ReplicaSpec, Stack } from "../../model/stack.ts";
import type { Inspected } from "./inspected.ts";
import { identityOf } from "./labels.ts";
import type { ReplicaRecord } from "./replica-record.ts";
import type { Watch } from "./watch.ts";

/** A replica that is there. */
export type Present = ReplicaRecord & { readonly container: Inspected };

/** The labels by which its container is found, whichever it is by then. */
export function identityIn(
  { project }: Stack,
  { name, container }: ReplicaSpec,
): readonly string[] {
  const { service, number } = container ?? { service: name, number: 1 };
  return identityOf(project, service, number);
}

/** The replica of a target. Throws ENVIRONMENT when the stack declares none of that key. */
export function recordOf(watch: Watch, project: string, { key }: TargetRef): ReplicaRecord {
  const record = watch.byKey(key);
  if (record !== undefined) return record;
  throw new AegisError("ENVIRONMENT", `nothing of ${project} has the key ${key}`, {
    hint: "`aegis status` shows what runs",
  });
}

/** Throws ENVIRONMENT when it was removed. */
export function needExistence(record: ReplicaRecord): asserts record is Present {
  if (record.container === null) throw cannot(record, "was removed");
}

/** Throws ENVIRONMENT when it does not run. Paused counts as running. */
export function needLife(record: ReplicaRecord): asserts record is Present {
  needExistence(record);
  if (!record.isAlive) throw cannot(record, `is not running (${record.state})`);
}

/** Throws ENVIRONMENT also when it is paused. */
export function needMotion(record: ReplicaRecord): asserts record is Present {
  needLife(record);
  if (record.state === "paused") throw cannot(record, "is paused");
}

function cannot({ spec }: ReplicaRecord, reason: string): AegisError {
  return new AegisError("ENVIRONMENT", `${spec.name} ${reason}`, {
    hint: "`aegis status` shows what runs",
  });
}
