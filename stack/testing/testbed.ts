import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The emitted roles: live tests run against a build. */
const MAIN = join(import.meta.dirname, "../../dist/stack/main.js");

/** One real process of a live test, with what it printed. */
export class Role {
  readonly child: ChildProcess;
  /** It is dead, and all that it printed is in `output`. */
  readonly exited: Promise<unknown>;
  output = "";

  constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    const [program, ...args] = command as [string, ...string[]];
    this.child = spawn(program, args, { env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.exited = once(this.child, "close");
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }
}

/** Starts a role of stack/main.ts. */
export function startRole(node: string, role: string, env: Readonly<Record<string, string>>): Role {
  return new Role([node, MAIN, role], env);
}

/** Long enough for a machine that does many other things. */
const PATIENCE_MS = 30_000;

/** Waits until `condition` is true; throws `what` after thirty seconds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(10);
  }
}

/** True when the URL answers 200. */
export async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(1000) });
    await response.text();
    return response.status === 200;
  } catch {
    return false;
  }
}

/**
 * A port that was free a moment ago, from below the range of outgoing connections: one from inside it could be taken by
 * a connection while the process that it is meant for is down.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 20_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

/** App replicas with ports fixed for life, and the members file that names them. */
export class Apps {
  readonly directory = mkdtempSync(join(tmpdir(), "aegis-stack-"));
  readonly ports = new Map<string, number>();
  readonly roles = new Map<string, Role>();
  readonly #node: string;
  /** The output of lives that are over, and orders in it. */
  #past = "";

  constructor(node: string) {
    this.#node = node;
  }

  /** Starts (again) a replica and waits until it is ready. */
  async start(name: string, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const port = this.ports.get(name) ?? (await freePort());
    this.ports.set(name, port);
    this.#past += this.roles.get(name)?.output ?? "";
    const role = startRole(this.#node, "app", { PORT: String(port), REPLICA: name, ...env });
    this.roles.set(name, role);
    await until(`${name} is ready or dead`, async () =>
      role.alive ? answersOk(`http://127.0.0.1:${port}/ready`) : true,
    );
    if (!role.alive) throw new Error(`${name} died at its start: ${role.output}`);
  }

  /** `app1+` takes the place of `app1`, which does not run any more, with its own port. */
  promote(name: string): void {
    this.#past += this.roles.get(name)?.output ?? "";
    this.roles.set(name, this.roles.get(`${name}+`) as Role);
    this.ports.set(name, this.ports.get(`${name}+`) as number);
    this.roles.delete(`${name}+`);
    this.ports.delete(`${name}+`);
  }

  signal(name: string, signal: NodeJS.Signals): void {
    this.roles.get(name)?.child.kill(signal);
  }

  async exited(name: string): Promise<number | null> {
    const role = this.roles.get(name);
    await role?.exited;
    return role?.child.exitCode ?? null;
  }

  /** SIGKILL, and a new life at once, as a restart policy would give it. */
  async crash(name: string): Promise<void> {
    this.signal(name, "SIGKILL");
    await this.exited(name);
    await this.start(name);
  }

  /** Replaces the members file atomically. */
  publish(names: readonly string[] = [...this.ports.keys()]): void {
    const members = names.map((name) => ({ name, host: "127.0.0.1", port: this.ports.get(name) }));
    const fresh = join(this.directory, "app.json.new");
    writeFileSync(fresh, JSON.stringify({ members }));
    renameSync(fresh, join(this.directory, "app.json"));
  }

  /** Every id that was ever ordered, once per order. */
  orders(): string[] {
    const output = this.#past + [...this.roles.values()].map((role) => role.output).join("");
    return [...output.matchAll(/^order (\S+)$/gm)].map((match) => match[1] as string);
  }

  async stop(): Promise<void> {
    for (const role of this.roles.values()) {
      role.child.kill("SIGKILL");
      await role.exited;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}
