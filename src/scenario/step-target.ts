import { valueText } from "../kit/shape.ts";
import { didYouMean } from "../kit/suggest.ts";
import { parsePercent } from "../kit/units.ts";
import type { Pick, TargetPlan } from "../model/plan.ts";
import { type ParseContext, replicaNames, serviceNames } from "./context.ts";
import type { Placed, StepShape } from "./gather.ts";
import { wantedCount } from "./targets.ts";

type TargetShape = NonNullable<StepShape["target"]>;
const WAYS = ["service", "replica", "same-as"] as const;
const OF_SERVICE = ["pick", "only", "prefer", "one-by-one"] as const;

/** Who a step harms: checked against the stack, so that a set that is empty by declaration is told now. Null with a problem. */
export function toTarget(
  context: ParseContext,
  placed: Placed<TargetShape>,
  down: number | null,
): TargetPlan | null {
  const { value, source, path } = placed;
  const given = WAYS.filter((way) => value[way] !== undefined);
  const [way] = given;
  if (given.length !== 1 || way === undefined) {
    const got = given.length === 0 ? "none" : given.join(" and ");
    const message = `expected one of service, replica and same-as, got ${got}`;
    const hint = given.length === 0 ? "add service:" : `keep one of: ${given.join(", ")}`;
    context.problems.add({ source, path, message, hint, at: "key" });
    return null;
  }
  if (way === "service") return serviceTarget(context, placed, down);
  for (const key of OF_SERVICE) {
    if (value[key] === undefined) continue;
    const message = `"${key}" chooses among the replicas of a service`;
    context.problems.add({
      source,
      path: [...path, key],
      message,
      hint: "remove it, or use service:",
      at: "key",
    });
  }
  return way === "replica"
    ? replicaTarget(context, placed)
    : { by: "same-as", step: String(value["same-as"]) };
}

function replicaTarget(context: ParseContext, placed: Placed<TargetShape>): TargetPlan | null {
  const name = String(placed.value.replica);
  const known = replicaNames(context);
  if (known === null || known.includes(name)) return { by: "replica", replica: name };
  const isService = serviceNames(context)?.includes(name);
  const hint = isService ? `write service: ${name}` : didYouMean(name, known);
  report(context, placed, "replica", `the stack has no replica "${name}"`, hint);
  return null;
}

function serviceTarget(
  context: ParseContext,
  placed: Placed<TargetShape>,
  down: number | null,
): TargetPlan | null {
  const { value } = placed;
  const service = String(value.service);
  const known = serviceNames(context);
  if (known !== null && !known.includes(service)) {
    const isReplica = replicaNames(context)?.includes(service);
    const hint = isReplica ? `write replica: ${service}` : didYouMean(service, known);
    report(context, placed, "service", `the stack has no service "${service}"`, hint);
    return null;
  }
  const pick = toPick(value.pick ?? 1);
  if (typeof pick === "string") {
    report(
      context,
      placed,
      "pick",
      `expected all, all-but-1, 2 or 34%, got ${valueText(value.pick)}`,
      pick,
    );
    return null;
  }
  const target = {
    by: "service",
    service,
    pick,
    only: value.only ?? "any",
    prefer: value.prefer ?? "random",
    oneByOne: value["one-by-one"] ?? false,
  } as const;
  checkCount(context, placed, target, down);
  return target;
}

function checkCount(
  context: ParseContext,
  placed: Placed<TargetShape>,
  target: Extract<TargetPlan, { by: "service" }>,
  down: number | null,
): void {
  const { pick, service, oneByOne } = target;
  const total = replicaNames(context, service)?.length;
  if (total === undefined) return;
  const wanted = wantedCount(pick, total);
  const replicas = total === 1 ? "1 replica" : `${total} replicas`;
  if (wanted > total) {
    const message = `${wanted} of ${service} can never be picked: it has ${replicas}`;
    report(
      context,
      placed,
      "pick",
      message,
      total === 1 ? "write 1" : `write at most ${total}, or all`,
    );
  } else if (wanted === 0) {
    const message = `this picks none of ${service}: it has ${replicas}`;
    report(
      context,
      placed,
      "pick",
      message,
      total > 1 ? `write all-but-${total - 1} or 1` : "write 1",
    );
  } else if (down !== null && wanted > down && !oneByOne) {
    const message = `${wanted} of ${service} at a time, but limits.down is ${down}`;
    report(
      context,
      placed,
      "pick",
      message,
      `pick ${down}, add one-by-one: true, or raise limits.down`,
    );
  }
}

/** A pick, or what to write instead. */
function toPick(pick: string | number): Pick | string {
  if (typeof pick === "number") {
    return pick > 0 ? { kind: "count", count: pick } : "write 1 or more";
  }
  if (pick === "all") return { kind: "all" };
  const count = /^all-but-(\d+)$/.exec(pick)?.[1];
  if (count !== undefined) return { kind: "all-but", count: Number(count) };
  const share = parsePercent(pick);
  if (share === undefined) {
    return /^\d+$/.test(pick)
      ? `write ${pick}, without quotes`
      : didYouMean(pick, ["all", "all-but-1"]);
  }
  return share > 0 && share <= 1 ? { kind: "share", share } : "write more than 0% and at most 100%";
}

function report(
  { problems }: ParseContext,
  { source, path }: Placed<unknown>,
  key: string,
  message: string,
  hint: string,
): void {
  problems.add({ source, path: [...path, key], message, hint });
}
