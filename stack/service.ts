import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIP } from "node:net";
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
  readonly isReady: () => boolean;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  readonly metrics: () => readonly Metric[];
}

/** Longer than any balancer in front keeps an idle connection, so that it is never we who close it under a request. */
const KEEP_ALIVE_MS = 65_000;
const SWEEP_MS = 50;

/**
 * Listens on HOST (127.0.0.1) and PORT, answers health, ready and metrics, logs one line per request, and drains at
 * SIGTERM: not ready and `Connection: close` for DRAIN_MS, which must be longer than the balancer's upstream
 * keep-alive timeout (1 s); then the listener closes, what is in flight is finished, exit 0.
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
  #draining = false;

  constructor(host: Host, options: ServiceOptions) {
    this.#host = host;
    this.#options = options;
    this.#log = new LineBuffer((text) => host.print(text));
    this.server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
      this.#onRequest(request, response),
    );
  }

  drain(drainMs: number): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#host.print(`${this.#options.name} drains\n`);
    setTimeout(() => {
      this.server.close(() => {
        this.#log.flush();
        this.#host.exit(0);
      });
      setInterval(() => this.server.closeIdleConnections(), SWEEP_MS);
    }, drainMs);
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    if (this.#draining) response.setHeader("connection", "close");
    if (this.#answerOwn(request, response)) return;
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
