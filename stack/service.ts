import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIP, Server as NetServer, type Socket } from "node:net";
import { AegisError } from "../src/kit/errors.ts";
import { exposition, type Metric } from "./exposition.ts";
import type { Host } from "./host.ts";
import { LineBuffer, requestLine } from "./request-log.ts";
import { milliseconds, portNumber } from "./settings.ts";

/** What a role adds to what every role has. */
export interface ServiceOptions {
  readonly name: string;
  readonly defaultPort: number;
  readonly defaultDrainMs: number;
  /** Where its own `/health`, `/ready` and `/metrics` are; a forwarder keeps the root for what it forwards. */
  readonly prefix: "" | "/-";
  /** In every answer, also those about health: who answers. */
  readonly headers: Readonly<Record<string, string>>;
  readonly isReady: () => boolean;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly metrics: () => readonly Metric[];
}

/** Longer than any balancer in front keeps an idle connection, so that it is never we who close it under a request. */
const KEEP_ALIVE_MS = 65_000;
const SWEEP_MS = 50;
/** Looks at our connections; between two of them whoever has come is let in. */
const QUIET_SWEEPS = 4;
/** The share of the drain in which who asks for our readiness may learn of it, and stay away by himself. */
const TOLD_SHARE = 0.2;
/** A turn of the event loop in which there was little to do, and how many of them are waited for. */
const QUICK_MS = 0.2;
const MOST_TURNS = 500;

/**
 * Listens on HOST (127.0.0.1) and PORT, answers health, ready and metrics, logs one line per request, and drains at
 * SIGTERM, for DRAIN_MS: first it is not ready; then the listener closes, while connections that are there go on, to be closed
 * with their next answer or by whoever keeps them idle (a balancer's upstream keep-alive timeout, 1 s, must be less than
 * what is left of DRAIN_MS); then what is in flight is finished, exit 0. The listener goes before the connections do: a
 * balancer that reuses its connections hardly opens any at that moment, and one that is refused is repeated elsewhere.
 */
export async function startService(host: Host, options: ServiceOptions): Promise<void> {
  const drainMs = milliseconds(host.env, "DRAIN_MS", options.defaultDrainMs);
  const service = new Service(host, options);
  await listen(service.server, host, {
    role: options.name,
    variable: "PORT",
    fallback: options.defaultPort,
  });
  host.onTerminate(() => service.drain(drainMs));
}

/** Listens on the port that `variable` names; ENVIRONMENT with what to do when it is taken. Prints the address. */
export async function listen(
  server: Server,
  host: Host,
  port: { readonly role: string; readonly variable: string; readonly fallback: number },
): Promise<void> {
  const address = listenAddress(host.env["HOST"]);
  const wanted = portNumber(host.env, port.variable, port.fallback);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new AegisError(
          "ENVIRONMENT",
          `${port.role} cannot listen on ${address}:${wanted} (${cause.code})`,
          { hint: `set ${port.variable} to a free port`, cause },
        ),
      ),
    );
    server.listen(wanted, address, resolve);
  });
  const bound = server.address() as AddressInfo;
  host.print(`${port.role} listens on ${address}:${bound.port} (${port.variable})\n`);
}

/** HOST when it is an address: some shells export the machine's name under it, which nobody meant. */
function listenAddress(given: string | undefined): string {
  return given !== undefined && isIP(given) !== 0 ? given : "127.0.0.1";
}

class Service {
  readonly server: Server;
  readonly #host: Host;
  readonly #options: ServiceOptions;
  readonly #log: LineBuffer;
  readonly #answered = new Map<number, number>();
  #inFlight = 0;
  /** With how many requests each has in flight. */
  readonly #connections = new Map<Socket, number>();
  /** Requests for more than our own endpoints. */
  #asked = 0;
  #draining = false;
  /** The listener is closed, or about to be. */
  #leaving = false;

  constructor(host: Host, options: ServiceOptions) {
    this.#host = host;
    this.#options = options;
    this.#log = new LineBuffer((text) => host.print(text));
    this.server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
      this.#onRequest(request, response),
    );
    this.server.on("connection", (socket) => {
      this.#connections.set(socket, 0);
      socket.once("close", () => this.#connections.delete(socket));
    });
  }

  drain(drainMs: number): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#host.print(`${this.#options.name} drains\n`);
    const told = setTimeout(() => this.#closeListener(), drainMs * TOLD_SHARE);
    setTimeout(() => setInterval(() => this.#cutIdle(), SWEEP_MS), drainMs);
    const asked = this.#asked;
    let quiet = 0;
    const waiting = setInterval(() => {
      if (this.#leaving || this.#connections.size > 0 || this.#asked > asked) {
        return clearInterval(waiting);
      }
      quiet += 1;
      if (quiet < QUIET_SWEEPS) return;
      clearInterval(waiting);
      clearTimeout(told);
      this.#closeListener();
    }, SWEEP_MS);
  }

  /** Whoever waits to be let in when the listener closes is cut off: it closes right after a quick turn of the event loop, which let them in. */
  #closeListener(turnsLeft = MOST_TURNS): void {
    this.#leaving = true;
    const from = performance.now();
    setImmediate(() => {
      if (performance.now() - from > QUICK_MS && turnsLeft > 0) {
        return this.#closeListener(turnsLeft - 1);
      }
      // Not the close of a server of HTTP, which closes idle connections as well: a balancer may be about to use them.
      NetServer.prototype.close.call(this.server, () => {
        this.#log.flush();
        this.#host.exit(0);
      });
    });
  }

  /** Also those that have never asked for anything, which Node does not count among the idle ones. */
  #cutIdle(): void {
    for (const [socket, inFlight] of this.#connections) if (inFlight === 0) socket.destroy();
  }

  #count(socket: Socket, change: 1 | -1): void {
    const inFlight = this.#connections.get(socket);
    if (inFlight !== undefined) this.#connections.set(socket, inFlight + change);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    this.#count(socket, 1);
    response.once("close", () => this.#count(socket, -1));
    if (this.#leaving) response.setHeader("connection", "close");
    for (const [name, value] of Object.entries(this.#options.headers)) {
      response.setHeader(name, value);
    }
    if (this.#answerOwn(request, response)) return;
    this.#asked += 1;
    this.#inFlight += 1;
    response.once("close", () => this.#settled(request, response));
    this.#options.handle(request, response);
  }

  #settled(request: IncomingMessage, response: ServerResponse): void {
    const status = response.writableFinished ? response.statusCode : 499;
    this.#inFlight -= 1;
    this.#answered.set(status, (this.#answered.get(status) ?? 0) + 1);
    this.#log.add(
      requestLine({
        id: request.headers["x-request-id"],
        method: request.method as string,
        url: request.url as string,
        status,
      }),
    );
  }

  #answerOwn(request: IncomingMessage, response: ServerResponse): boolean {
    const { prefix, isReady } = this.#options;
    switch (request.url) {
      case `${prefix}/health`:
      // Every role answers here, so that one image has one healthcheck.
      case "/-/health":
        answerText(response, 200, "ok\n");
        return true;
      case `${prefix}/ready`:
        if (this.#draining) answerText(response, 503, "draining\n");
        else if (isReady()) answerText(response, 200, "ready\n");
        else answerText(response, 503, "not ready\n");
        return true;
      case `${prefix}/metrics`:
        answerText(response, 200, exposition([...this.#metrics(), ...this.#options.metrics()]));
        return true;
      default:
        return false;
    }
  }

  #metrics(): Metric[] {
    const gauge = (name: string, help: string, value: number): Metric => ({
      name,
      type: "gauge",
      help,
      labels: {},
      value,
    });
    return [
      ...[...this.#answered].map(
        ([status, value]): Metric => ({
          name: "requests_total",
          type: "counter",
          help: "Requests settled, by status; 499: the client left before the answer.",
          labels: { status: String(status) },
          value,
        }),
      ),
      gauge("requests_in_flight", "Requests not settled yet.", this.#inFlight),
      gauge("draining", "1 after SIGTERM.", this.#draining ? 1 : 0),
      gauge("resident_memory_bytes", "Resident set size.", this.#host.residentBytes()),
    ];
  }
}

export function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const text = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}
