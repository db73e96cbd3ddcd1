import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, type Running, start } from "./command.ts";
import { findProgram, pinned } from "./machine.ts";

/** An nginx of our own: one process on core 0 that answers every request at once. */
export interface Nginx {
  readonly port: number;
  readonly running: Running;
  stop(): Promise<void>;
}

const PATIENCE_MS = 10_000;

/** Starts it below `directory`. Throws when nginx is not installed, or does not answer. */
export async function startNginx(directory: string): Promise<Nginx> {
  const program = findProgram("nginx");
  if (program === null) throw new Error("nginx is not installed (apt-get install nginx-light)");
  const port = await freePort();
  const home = join(directory, `nginx-${port}`);
  mkdirSync(home, { recursive: true });
  const file = join(home, "nginx.conf");
  writeFileSync(file, configuration(home, port));
  const running = start(
    pinned(0, [program, "-p", home, "-c", file, "-e", join(home, "error.log")]),
  );
  try {
    await answering(port, running);
  } catch (error) {
    await end(running);
    throw error;
  }
  return { port, running, stop: () => end(running) };
}

/** A port that was free a moment ago, from below the range of outgoing connections. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

function configuration(home: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `  ${kind}_temp_path ${join(home, kind)};`)
    .join("\n");
  return `daemon off;
master_process off;
pid ${join(home, "pid")};
worker_rlimit_nofile 16384;
events { worker_connections 8192; }
http {
${temporary}
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 200 "alive\\n"; }
  }
}
`;
}

async function answering(port: number, running: Running): Promise<void> {
  const giveUp = performance.now() + PATIENCE_MS;
  for (;;) {
    const ok = await fetch(`http://127.0.0.1:${port}/`).then(
      (response) => response.status === 200,
      () => false,
    );
    if (ok) return;
    const gone = running.child.exitCode !== null;
    if (gone || performance.now() > giveUp) {
      throw new Error(`nginx does not answer: ${gone ? (await running.ended).stderr : "too late"}`);
    }
    await sleep(20);
  }
}
