import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { AegisError } from "../../kit/errors.ts";
import type { ReplicaSpec } from "../../model/stack.ts";
import { holderOf } from "../port-holder.ts";

/** What we have claimed from other supervisors of this machine. Ends with our process. */
const claims = new Map<number, Server>();

/** The ports one replica listens on, fixed for its life. */
export interface ReplicaPorts {
  readonly main: number;
  readonly extra: Readonly<Record<string, number>>;
}

/** Tells the ports a replica was declared with by the one it is known by in its compose network. */
export function actualPort(spec: ReplicaSpec, ports: ReplicaPorts, known: number): number | null {
  const declared = spec.process;
  if (known === declared?.port || known === ports.main) return ports.main;
  for (const [name, port] of Object.entries(declared?.extraPorts ?? {})) {
    if (known === port || known === ports.extra[name]) return ports.extra[name] ?? null;
  }
  return spec.ports.some(({ container }) => container === known) ? ports.main : null;
}

/** The published port a replica has to listen on for the given compose port; 0: any free one. */
export function publishedPort(spec: ReplicaSpec, known: number | null): number {
  const only = known === null && spec.ports.length === 1 ? spec.ports[0] : undefined;
  return (only ?? spec.ports.find(({ container }) => container === known))?.host ?? 0;
}

/**
 * Ports for a new replica: its published ones as declared, the others free. `taken` holds what was given to others and is
 * added to. Throws INVALID_INPUT when two replicas publish the same one.
 */
export async function choosePorts(spec: ReplicaSpec, taken: Set<number>): Promise<ReplicaPorts> {
  for (const [port, claim] of claims) {
    if (taken.has(port)) continue;
    claim.close();
    claims.delete(port);
  }
  const choose = async (known: number | null): Promise<number> => {
    const published = publishedPort(spec, known);
    const port = published === 0 ? await freePort(taken) : published;
    if (taken.has(port)) {
      throw new AegisError(
        "INVALID_INPUT",
        `${spec.name} publishes port ${port}, as another replica does`,
        {
          hint: "as plain processes they share one machine: give each a host port of its own",
        },
      );
    }
    taken.add(port);
    return port;
  };
  const main = await choose(spec.process?.port ?? null);
  const extra: Record<string, number> = {};
  for (const [name, known] of Object.entries(spec.process?.extraPorts ?? {})) {
    extra[name] = await choose(known);
  }
  return { main, extra };
}

/** Every port of a replica. */
export function portsOf({ main, extra }: ReplicaPorts): number[] {
  return [main, ...Object.values(extra)];
}

/** Throws ENVIRONMENT when a replica that is about to start cannot listen on one of its ports, with who holds it if that can be told. */
export async function demandPorts(replica: string, ports: ReplicaPorts): Promise<void> {
  for (const port of portsOf(ports)) {
    const problem = await whyNotFree(port);
    if (problem === null) continue;
    const holder = holderOf(port);
    const reason =
      problem === "EACCES"
        ? "may not be used by you (ports below 1024 belong to root)"
        : `is taken${holder === null ? "" : ` by ${holder}`}`;
    throw new AegisError(
      "ENVIRONMENT",
      `port ${port}, which ${replica} must listen on, ${reason}`,
      {
        hint: `free port ${port}, or declare another host port for ${replica}`,
      },
    );
  }
}

/**
 * A free port below the range that outgoing connections use: one from inside that range could be taken by a connection
 * of the very traffic we send, in the moment between a replica's death and its revival.
 */
async function freePort(taken: ReadonlySet<number>): Promise<number> {
  const { from, to } = quietRange();
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = from + Math.floor(Math.random() * (to - from));
    if (!taken.has(port) && (await isFree(port)) && (await claim(port))) return port;
  }
  throw new AegisError("ENVIRONMENT", `no free port between ${from} and ${to}`);
}

/**
 * Between the choice of a port and the moment in which its replica listens there, another stack that starts on this machine
 * could choose it, too. False: one has. By a socket in the abstract namespace, which like ports belongs to the network and
 * vanishes with its owner; where there is none (it is Linux's), luck must do.
 */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code !== "EADDRINUSE"));
    server.listen(`\0aegis-port-${port}`, () => {
      claims.set(port, server);
      resolve(true);
    });
  });
}

function quietRange(): { from: number; to: number } {
  const text = readOrEmpty("/proc/sys/net/ipv4/ip_local_port_range") || "49152 65535";
  const [low = 0, high = 0] = text.trim().split(/\s+/).map(Number);
  if (low > 16_000) return { from: 15_000, to: Math.min(low, 32_768) };
  return high < 60_000 ? { from: high + 1, to: 65_535 } : { from: 2_000, to: 65_535 };
}

async function isFree(port: number): Promise<boolean> {
  return (await whyNotFree(port)) === null;
}

/** The error code of an attempt to listen on it, on loopback and on every address; null when both can be had. */
async function whyNotFree(port: number): Promise<string | null> {
  return (await tryListen(port, "127.0.0.1")) ?? (await tryListen(port, "0.0.0.0"));
}

function tryListen(port: number, host: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
