import { join } from "node:path";

/** What it is written to, and runs as. */
export const COMPOSE_FILE = "stack.yaml";
export const PROJECT = "aegis-bench-rollouts";

/**
 * The bundled stack, built from `packageRoot`, in a compose file that may lie anywhere: its application has the versions v1 and
 * v2, and runs as APP_VERSION says (v1 without it).
 */
export function twoVersions(packageRoot: string): string {
  return `x-app: &app
  build: ${packageRoot}
  image: aegis-stack
  command: [app]
  restart: always
  x-aegis:
    service: app
    process:
      command: [node, "{package}/dist/stack/main.js", app]
      port: 3000
    ready: /ready
    identify: { replica: x-aegis-replica, version: x-aegis-version }
    versions:
      v1: { env: { APP_VERSION: v1 } }
      v2: { env: { APP_VERSION: v2 } }

services:
  balancer:
    image: nginx:1.28-alpine
    ports: ["\${AEGIS_PORT:-0}:80"]
    volumes: ["${join(packageRoot, "stack", "balancer", "nginx.conf")}:/etc/nginx/nginx.conf:ro"]
    depends_on: [${APPS.join(", ")}]
    x-aegis:
      entry: true
      process: { command: [node, "{package}/dist/stack/main.js", balancer], port: 80 }
      ready: /-/ready
${APPS.map(serviceOf).join("")}`;
}

/** Its compose services, which are the replicas of `app`. */
export const APPS = ["app1", "app2", "app3"] as const;

function serviceOf(name: string): string {
  return `  ${name}:
    <<: *app
    environment: { REPLICA: ${name}, APP_VERSION: "\${APP_VERSION:-v1}" }
`;
}
