import { basename } from "node:path";
import type { SourcePath, YamlSource } from "../kit/source.ts";
import type { AssertionTest, MeasureTest, StateTest } from "../model/assertion.ts";
import type { TrafficPlan } from "../model/plan.ts";
import type { ReplicaSpec, Stack } from "../model/stack.ts";
import type { ParseContext } from "./context.ts";

/** What else of a scenario tells on what its assertions rest. */
export interface BasisContext extends ParseContext {
  readonly traffic: readonly TrafficPlan[];
}

interface Missing {
  readonly message: string;
  readonly hint: string;
}

/** Whether anything can be known of what is asserted: a number that rests on nothing would be worse than none. */
export function checkBasis(
  context: BasisContext,
  place: { readonly source: YamlSource; readonly path: SourcePath },
  test: AssertionTest,
): void {
  const { stack } = context;
  if (stack === null) return;
  const missing = missingBasis(context, stack, test);
  if (missing !== null) context.problems.add({ ...place, ...missing });
}

function missingBasis(context: BasisContext, stack: Stack, test: AssertionTest): Missing | null {
  switch (test.about) {
    case "measure":
      return missingNames(context, stack, test);
    case "state":
      return missingState(stack, test);
    case "fact":
      // A recovery always rests on something, if only on that the replica runs again: reports say on what.
      return null;
  }
}

/** Whose answers name nobody cannot be told apart. */
function missingNames({ traffic }: BasisContext, stack: Stack, test: MeasureTest): Missing | null {
  const { name } = test.measure;
  if (name !== "versions" && name !== "replicas") return null;
  const what = name === "versions" ? "version" : "replica";
  if (stack.replicas.some(({ identify }) => identify[what] !== null)) return null;
  const meant = traffic.filter((each) => test.traffic === null || test.traffic === each.name);
  const silent = meant.find(({ identify }) => (identify?.[what] ?? null) === null);
  if (silent === undefined) return null;
  const line = `x-aegis: { identify: { ${what}: x-${what} } }`;
  return {
    message: `answers of ${silent.name} do not name the ${what} that gave them`,
    hint: `let them say it in a response header, and add to the service in ${fileOf(stack)}: ${line}`,
  };
}

function missingState(stack: Stack, { subject, state }: StateTest): Missing | null {
  const meant = stack.replicas.filter(
    ({ name, service }) => name === subject || service === subject,
  );
  if (meant.length === 0) return null;
  switch (state) {
    case "healthy":
      return meant.some(mayBeChecked)
        ? null
        : {
            message: `${subject} has no healthcheck, so nothing tells whether it is healthy`,
            hint: `add to ${composeServices(meant)} in ${fileOf(stack)}: ${healthcheckLine(meant)}`,
          };
    case "ready":
      return meant.some(tellsReady)
        ? null
        : {
            message: `of ${subject} it is only known whether it runs, not whether it is ready`,
            hint: readyHint(stack, meant),
          };
    case "version":
      return meant.some(({ identify }) => identify.version !== null)
        ? null
        : {
            message: `nothing tells the version of ${subject}`,
            hint: `let its answers say it in a response header, and add to ${composeServices(meant)} in ${fileOf(stack)}: x-aegis: { ready: /, identify: { version: x-version } }`,
          };
    default:
      return null;
  }
}

/** An image that is not here yet may bring a healthcheck along. */
function mayBeChecked({ healthcheck, container }: ReplicaSpec): boolean {
  return healthcheck !== null || container?.unseen === true;
}

function tellsReady({ readyUntold, container }: ReplicaSpec): boolean {
  return readyUntold !== true || container?.unseen === true;
}

function readyHint(stack: Stack, meant: readonly ReplicaSpec[]): string {
  return `add to ${composeServices(meant)} in ${fileOf(stack)}: ${healthcheckLine(meant)}, or x-aegis: { ready: /path } (if to run is enough: x-aegis: { ready: running })`;
}

function healthcheckLine([first]: readonly ReplicaSpec[]): string {
  const port = first?.process?.port ?? first?.container?.port;
  return `healthcheck: { test: [CMD, curl, -fsS, "http://localhost${port == null || port === 80 ? "" : `:${port}`}/"] }`;
}

function composeServices(meant: readonly ReplicaSpec[]): string {
  return [...new Set(meant.map(({ name, container }) => container?.service ?? name))].join(", ");
}

function fileOf({ file }: Stack): string {
  return file === null ? "the compose file" : basename(file);
}
