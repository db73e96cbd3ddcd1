import type { ReplicaSpec, Stack } from "../../model/stack.ts";

/**
 * Why a newcomer beside a replica could not start, or would get no traffic: its port is one that others know and that is
 * never looked up again. `running`: all replicas as they run now. null: nothing speaks against it.
 */
export function newcomerRefusal(
  target: ReplicaSpec,
  running: readonly ReplicaSpec[],
  entry: Stack["entry"],
): string | null {
  const { name, service, ports } = target;
  const fixed = ports.find(({ host }) => host !== 0);
  if (fixed !== undefined) {
    return `${name} publishes port ${fixed.host}, and two programs cannot listen on one port`;
  }
  if (service === entry || (entry === undefined && ports.length > 0)) {
    return `requests come to ${service} from outside, to the port that it has: a newcomer has another one`;
  }
  const consumer = running.find((spec) => refersTo(spec, target));
  if (consumer === undefined) return null;
  return `${consumer.name} is started with the address of ${service} ({address:...}) and would never hear of another one`;
}

function refersTo({ environment, process }: ReplicaSpec, { name, service }: ReplicaSpec): boolean {
  const texts = [...(process?.command ?? []), ...Object.values(environment)];
  return texts
    .flatMap((text) => [...text.matchAll(/\{address:([\w.-]+)(?::\d+)?\}/g)])
    .some(([, known]) => known === name || known === service);
}
