import { join } from "node:path";
import type { StepKind } from "../model/kind.ts";
import type { Plan } from "../model/plan.ts";
import type { Tester } from "../tester/contract.ts";
import { createDistantTester } from "../tester/distant-tester.ts";
import { createTester } from "../tester/tester.ts";
import type { Stage } from "./stage.ts";
import type { ResolvedTraffic } from "./traffic.ts";

const PROGRAM = "src/tester/program.js";

/**
 * The tester of a run, where its header says that it is; `services` are those it must reach. Throws INVALID_INPUT for a
 * traffic that cannot be sent. When one inside is lost, the run has failed: nothing more is measured.
 */
export function createRunTester(
  stage: Stage,
  { traffic, secrets }: ResolvedTraffic,
  services: readonly string[],
): Tester {
  const { header, options } = stage;
  const { engine, world, onRequest } = options;
  const common = {
    traffic,
    epoch: stage.epoch,
    run: header.run,
    secrets,
    bySource: comparesReplicas(options.plan, options.kinds),
    onRecord: stage.write.bind(stage),
    onRequest,
  };
  if (header.vantage === "host") {
    return createTester({ ...common, dist: join(world.packageRoot, "dist") });
  }
  return createDistantTester({
    ...common,
    launch: () => engine.powers.inside.start(PROGRAM, services),
    onLost: (reason) => {
      const detail = `the tester inside was lost: ${reason}`;
      stage.end({ reason: "failed", detail, signal: null });
    },
  });
}

/** Does a step of the plan weigh how replicas answer? Only then is it worth what it costs to keep their answers apart. */
export function comparesReplicas({ steps }: Pick<Plan, "steps">, kinds: readonly StepKind[]) {
  const staged = new Set(kinds.filter((kind) => kind.staged).map(({ name }) => name));
  return steps.some(({ kind, alternatives = [] }) =>
    [kind, ...alternatives.map((one) => one.kind)].some((name) => staged.has(name)),
  );
}
