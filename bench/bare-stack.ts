import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, type Running, start } from "./command.ts";
import { freePort } from "./nginx.ts";

const REPLICAS = ["app1", "app2", "app3"];
const PATIENCE_MS = 20_000;

/** The processes of the bundled stack, started by nobody but us: no supervisor, no health checks but the balancer's. */
export interface BareStack {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts it and waits until it is ready. Throws when it does not get there. */
export async function startBareStack(packageRoot: string, parent: string): Promise<BareStack> {
  const directory = mkdtempSync(join(parent, "stack-"));
  const main = join(packageRoot, "dist", "stack", "main.js");
  const running: Running[] = [];
  const launch = (role: string, env: Record<string, string>): void => {
    running.push(start([process.execPath, main, role], { env: { ...process.env, ...env } }));
  };
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(end));
  };
  const members: { name: string; host: string; port: number }[] = [];
  for (const name of REPLICAS) {
    const port = await freePort();
    members.push({ name, host: "127.0.0.1", port });
    launch("app", { PORT: String(port), REPLICA: name, APP_VERSION: "v1" });
  }
  writeFileSync(join(directory, "app.json"), JSON.stringify({ members }));
  const port = await freePort();
  launch("balancer", { PORT: String(port), AEGIS_MEMBERS_DIR: directory });
  try {
    for (const { port: member } of members) await answering(`http://127.0.0.1:${member}/ready`);
    await answering(`http://127.0.0.1:${port}/-/ready`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

/** Waits until a URL answers 200. */
export async function answering(url: string): Promise<void> {
  const giveUp = performance.now() + PATIENCE_MS;
  while (performance.now() < giveUp) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await sleep(20);
  }
  throw new Error(`${url} did not answer within ${PATIENCE_MS / 1000} s`);
}
