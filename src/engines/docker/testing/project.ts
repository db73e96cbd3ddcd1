import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { removeProject } from "../../../../test/lab/docker.ts";
import type { World } from "../../../kit/world.ts";
import type { ReplicaSpec, Stack } from "../../../model/stack.ts";
import { serverSpec } from "../../contract/stack.ts";
import type { Engine } from "../../engine.ts";
import { world } from "../../process/testing/world.ts";
import { createDockerEngine } from "../index.ts";

/** For `vi.waitFor`. */
export const PATIENCE = { timeout: 30_000, interval: 20 };
/** For `up`. */
export const PATIENT = { timeoutMs: 30_000, onProgress: () => undefined };
/** A program that says that it works, and drains on SIGTERM. */
export const WORKER =
  'process.on("SIGTERM", () => process.exit(0)); console.log("works"); setInterval(() => {}, 1e6)';

/** A replica of a compose service that is always revived; nothing tells more of it than that it runs. */
export function specOf(name: string, changes: Partial<ReplicaSpec> = {}): ReplicaSpec {
  return serverSpec(name, {
    restart: { mode: "always", maxRetries: null },
    process: null,
    container: { service: name, number: 1, image: null, port: null },
    ready: "running",
    identify: { replica: null, version: null },
    ...changes,
  });
}

/** A compose file in a directory of its own. Both, and all of the project, are gone after the tests. */
export function stackIn(project: string, compose: object, replicas: ReplicaSpec[]): Stack {
  const directory = mkdtempSync(join(tmpdir(), "aegis-docker-"));
  const file = join(directory, "compose.yml");
  writeFileSync(file, JSON.stringify(compose));
  afterAll(() => rmSync(directory, { recursive: true }));
  afterAll(() => removeProject(project));
  return { project, file, directory, profiles: [], replicas };
}

export function openEngine(stack: Stack, env: World["env"] = world.env): Promise<Engine> {
  const stateDirectory = join(stack.directory, "state");
  mkdirSync(stateDirectory, { recursive: true });
  return createDockerEngine({ stack, world: { ...world, env }, stateDirectory });
}

const ASKS_FOR_EVENTS = /^GET \S*\/events\b/;

/** A socket in front of the daemon's, which can go away and come back, and keep events back for a while. */
export async function proxyOfSocket(path: string) {
  let server: Server;
  const sockets = new Set<Socket>();
  const telling = new Set<{ readonly near: Socket; readonly far: Socket }>();
  const open = async (): Promise<void> => {
    server = createServer((near) => {
      const far = connect("/var/run/docker.sock");
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on("error", () => undefined);
        socket.once("close", () => sockets.delete(socket));
      }
      near.on("data", (chunk: Buffer) => {
        if (ASKS_FOR_EVENTS.test(chunk.toString())) telling.add({ near, far });
      });
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
  };
  await open();
  return {
    path,
    open,
    hush: (): void => {
      for (const { near, far } of telling) far.unpipe(near);
    },
    tell: (): void => {
      for (const { near, far } of telling) far.unpipe(near).pipe(near);
    },
    close: (): void => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
