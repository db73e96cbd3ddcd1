import { AegisError } from "../kit/errors.ts";
import type { World } from "../kit/world.ts";
import type { TrafficPlan } from "../model/plan.ts";
import type { AddressBook } from "../model/powers.ts";
import type { Stack } from "../model/stack.ts";
import type { TesterTraffic } from "../tester/contract.ts";

export interface ResolvedTraffic {
  readonly traffic: readonly TesterTraffic[];
  /** Values that came from the environment: never printed, never journaled. */
  readonly secrets: readonly string[];
}

/** Fills in what only this machine knows: addresses of services, and secrets from the environment. */
export async function resolveTraffic(
  plans: readonly TrafficPlan[],
  stack: Stack,
  engine: AddressBook,
  world: World,
): Promise<ResolvedTraffic> {
  const secrets = new Set<string>();
  const fill = (text: string): string =>
    text.replace(/\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
      const value = world.env[name];
      if (value === undefined) throw missing(name);
      if (value !== "") secrets.add(value);
      return value;
    });
  const traffic: TesterTraffic[] = [];
  for (const plan of plans) {
    const url = fill(plan.url);
    traffic.push({
      name: plan.name,
      url,
      connect: await addressIn(stack, url, engine),
      method: plan.method,
      headers: Object.fromEntries(
        Object.entries(plan.headers).map(([name, value]) => [name, fill(value)]),
      ),
      body: plan.body === null ? null : fill(plan.body),
      rate: plan.rate,
      timeoutMs: plan.timeoutMs,
      expect: plan.expect,
      fresh: plan.fresh,
      ca: plan.ca,
      precise: plan.precise,
      identify: identifyOf(plan, stack),
    });
  }
  return { traffic, secrets: [...secrets] };
}

/** The headers that name who answered: the traffic's own, else what the stack's services declare. */
export function identifyOf(plan: TrafficPlan, stack: Stack): TesterTraffic["identify"] {
  if (plan.identify !== null) return plan.identify;
  const declared = stack.replicas.map((replica) => replica.identify);
  return {
    replica: declared.find(({ replica }) => replica !== null)?.replica ?? null,
    version: declared.find(({ version }) => version !== null)?.version ?? null,
  };
}

async function addressIn(
  stack: Stack,
  url: string,
  engine: AddressBook,
): Promise<TesterTraffic["connect"]> {
  const { hostname, port } = new URL(url);
  const known = stack.replicas.some(
    (replica) => replica.service === hostname || replica.name === hostname,
  );
  return known ? engine.addressOf(null, hostname, port === "" ? null : Number(port)) : null;
}

function missing(name: string): AegisError {
  return new AegisError(
    "INVALID_INPUT",
    `the environment has no ${name}, which the scenario asks for`,
    {
      hint: `Set it: ${name}=... aegis ...`,
    },
  );
}
