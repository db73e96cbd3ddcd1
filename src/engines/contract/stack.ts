import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Release, ReplicaSpec, Stack } from "../../model/stack.ts";

/**
 * A server that says who it is (`x-replica`, `x-version`), prints a line when it listens, drains on SIGTERM, and does
 * what its environment asks: STUBBORN (ignores SIGTERM), NEVER_READY, EXIT_AFTER_MS and EXIT_CODE.
 */
const SERVER = `
import { createServer } from "node:http";
const { PORT, NAME, APP_VERSION, STUBBORN, NEVER_READY, EXIT_AFTER_MS, EXIT_CODE } = process.env;
const server = createServer((request, response) => {
  response.setHeader("x-replica", NAME ?? "");
  response.setHeader("x-version", APP_VERSION ?? "");
  response.setHeader("connection", "close");
  response.statusCode = NEVER_READY && request.url === "/ready" ? 503 : 200;
  response.end(request.url);
});
server.listen(Number(PORT), () => console.log(NAME + " listens"));
process.on("SIGTERM", () => {
  if (STUBBORN) return console.error(NAME + " will not go");
  server.close(() => process.exit(0));
});
if (EXIT_AFTER_MS) setTimeout(() => {
  console.error(NAME + " gives up");
  process.exit(Number(EXIT_CODE));
}, Number(EXIT_AFTER_MS));
`;

/** A fresh directory with the fixture server in it. */
export function fixtureDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "aegis-engine-"));
  writeFileSync(join(directory, "server.mjs"), SERVER);
  return directory;
}

/** A replica that runs the fixture server; alone, never revived, unless said otherwise. */
export function serverSpec(name: string, changes: Partial<ReplicaSpec> = {}): ReplicaSpec {
  return {
    name,
    service: name,
    dependsOn: [],
    restart: { mode: "no", maxRetries: null },
    stopGraceMs: 5_000,
    stopSignal: "SIGTERM",
    healthcheck: null,
    process: {
      command: ["node", "server.mjs"],
      port: 3000,
      extraPorts: { control: 3001 },
      cwd: null,
    },
    container: { service: name, number: 1, image: null, port: 3000 },
    ready: { http: "/ready" },
    identify: { replica: "x-replica", version: "x-version" },
    versions: {},
    ports: [],
    ...changes,
    environment: { NAME: name, APP_VERSION: "v1", ...changes.environment },
  };
}

/** The version that `web` declares: it says so in its answers. */
export const V2: Release = {
  name: "v2",
  env: { APP_VERSION: "v2" },
  image: null,
  build: null,
  command: null,
};

/** `web1` and `web2` (service `web`, always revived) and `front` (never revived), which waits for them. */
export function contractStack(project: string, directory: string): Stack {
  const web = {
    service: "web",
    restart: { mode: "always", maxRetries: null },
    versions: { v2: V2 },
  } as const;
  return {
    project,
    file: null,
    directory,
    profiles: [],
    replicas: [
      serverSpec("front", { dependsOn: [{ on: "web", condition: "healthy" }] }),
      serverSpec("web1", web),
      serverSpec("web2", web),
    ],
  };
}
