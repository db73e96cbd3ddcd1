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
  const fill = (text: string): string => filled(text, world, secrets);
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

/** A service of the stack, or a replica, that a traffic asks. */
export interface TrafficTarget {
  readonly service: string;
  /** As written; null: the URL has none. */
  readonly port: number | null;
}

/** Those of the targets that the stack has. */
export function targetsOf(
  plans: readonly TrafficPlan[],
  stack: Stack,
  world: World,
): readonly TrafficTarget[] {
  return plans.flatMap(({ url }) => targetOf(stack, filled(url, world, new Set())) ?? []);
}

function filled(text: string, { env }: World, secrets: Set<string>): string {
  return text.replace(/\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const value = env[name];
    if (value === undefined) throw missing(name);
    if (value !== "") secrets.add(value);
    return value;
  });
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

/** Do answers to any of it say who gave them, or in which version? */
export function doAnswersName(traffic: readonly TrafficPlan[], stack: Stack): boolean {
  return traffic
    .map((plan) => identifyOf(plan, stack))
    .some(({ replica, version }) => replica !== null || version !== null);
}

async function addressIn(
  stack: Stack,
  url: string,
  engine: AddressBook,
): Promise<TesterTraffic["connect"]> {
  const target = targetOf(stack, url);
  return target === null ? null : engine.addressOf(null, target.service, target.port);
}

function targetOf({ replicas }: Stack, url: string): TrafficTarget | null {
  const { hostname, port } = new URL(url);
  const known = replicas.some(({ service, name }) => service === hostname || name === hostname);
  return known ? { service: hostname, port: port === "" ? null : Number(port) } : null;
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
