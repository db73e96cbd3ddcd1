import type { ReplicaSpec, Stack } from "../../../model/stack.ts";

const IMAGE = "node:24-bookworm-slim";

/** A compose file (JSON is YAML) that declares what a stack of tests says of its processes, with the stack's directory in it. */
export function composeTextOf(stack: Stack): string {
  const services = stack.replicas.map((spec) => [spec.name, serviceOf(spec, stack)]);
  return JSON.stringify({ services: Object.fromEntries(services) }, null, 2);
}

function serviceOf(spec: ReplicaSpec, { directory, replicas }: Stack): object {
  const { process, restart, environment, dependsOn } = spec;
  const behind = replicas.filter(({ name, service }) =>
    dependsOn.some(({ on }) => on === name || on === service),
  );
  return {
    image: IMAGE,
    command: (process?.command ?? []).map((word) => (word === "{node}" ? "node" : word)),
    ...(process?.command.includes("server.mjs") && { working_dir: "/fixture" }),
    volumes: [`${directory}:/fixture:ro`],
    environment: { PORT: String(process?.port ?? 3000), ...environment },
    restart: restart.mode,
    stop_grace_period: `${spec.stopGraceMs / 1000}s`,
    ...(behind.length > 0 && { depends_on: behind.map(({ name }) => name) }),
  };
}
