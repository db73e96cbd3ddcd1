import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeJson } from "../json-file.ts";
import type { ReplicaProcess } from "./replica-process.ts";

/** Writes `SERVICE.json` ({ members: [{ name, host, port }] }) for every service: its replicas, alive or not, but for removed ones, and newcomers that are ready. */
export function writeMembers(directory: string, replicas: readonly ReplicaProcess[]): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const services = new Map<string, object[]>();
  for (const replica of replicas) {
    const { service } = replica.spec;
    const { name, state, ready } = replica.view();
    const members = services.get(service) ?? [];
    services.set(service, members);
    if (state === "removed" || (replica.isNewcomer && !ready)) continue;
    members.push({ name, host: "127.0.0.1", port: replica.ports.main });
  }
  for (const [service, members] of services) {
    writeJson(join(directory, `${service}.json`), { members });
  }
}

/** A service that is no longer declared has no file. */
export function dropMembers(directory: string, service: string): void {
  rmSync(join(directory, `${service}.json`), { force: true });
}
