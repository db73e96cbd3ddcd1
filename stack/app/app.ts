import type { IncomingMessage, ServerResponse } from "node:http";
import { AegisError, messageOf } from "../../src/kit/errors.ts";
import type { Host } from "../host.ts";
import { printableId } from "../request-log.ts";
import { answerJson, startService } from "../service.ts";
import { type Behaviour, behaviourOf, MAX_MEMORY_BYTES } from "./behaviour.ts";
import { readText } from "./body.ts";
import { startControl } from "./control.ts";
import { ErrorPacer, type Failures } from "./failures.ts";

/** The longest that `/work?ms=` waits. */
const MAX_WORK_MS = 5000;

/**
 * An application replica: `/` says who is alive, `/work?ms=` takes its time, `POST /orders` writes `order <id>` to the
 * log before it answers, `POST /crash` dies. Named by REPLICA and APP_VERSION in every answer. What else the environment
 * says makes it a good or a bad release (behaviour.ts).
 */
export async function startApp(host: Host): Promise<void> {
  const behaviour = behaviourOf(host.env);
  const app = new App(host, behaviour);
  await startControl(host, app);
  await startService(host, {
    name: "app",
    defaultPort: 3000,
    defaultDrainMs: 2000,
    prefix: "",
    headers: app.headers,
    isReady: () => app.isReady(),
    handle: (request, response) => app.handle(request, response),
    metrics: () => app.metrics(),
  });
  app.open();
}

class App {
  readonly #host: Host;
  readonly #identity: { readonly replica: string; readonly version: string };
  readonly #pacer = new ErrorPacer();
  readonly #behaviour: Behaviour;
  /** Memory that is never given back: what has leaked, and the ballast. */
  readonly #kept: Buffer[] = [];
  #openSince = Number.POSITIVE_INFINITY;
  #leakedBytes = 0;
  #orders = 0;
  #failures: Failures;

  constructor(host: Host, behaviour: Behaviour) {
    this.#host = host;
    this.#behaviour = behaviour;
    this.#failures = behaviour.failures;
    this.#keep(behaviour.ballastBytes);
    this.#identity = {
      replica: host.env["REPLICA"] || host.hostname,
      version: host.env["APP_VERSION"] || "v1",
    };
  }

  get headers() {
    const { replica, version } = this.#identity;
    return { "x-aegis-replica": replica, "x-aegis-version": version };
  }

  get(): Failures {
    return this.#failures;
  }

  set(failures: Failures): void {
    this.#failures = failures;
  }

  reset(): void {
    this.#failures = this.#behaviour.failures;
  }

  /** It listens: what the release does after a while counts from here. */
  open(): void {
    this.#openSince = performance.now();
    const { dieAfterMs } = this.#behaviour;
    if (dieAfterMs !== null) setTimeout(() => this.#host.exit(1), dieAfterMs);
  }

  isReady(): boolean {
    return performance.now() - this.#openSince >= this.#behaviour.readyAfterMs;
  }

  metrics() {
    const orders = { name: "orders_total", type: "counter", help: "Orders written." } as const;
    const leak = { name: "leaked_bytes", type: "gauge", help: "Leaked on purpose." } as const;
    return [
      { ...orders, labels: {}, value: this.#orders },
      { ...leak, labels: {}, value: this.#leakedBytes },
    ];
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const { errorRate, latencyMs, hang, leakBytesPerRequest } = this.#failures;
    this.#leak(leakBytesPerRequest);
    if (hang) return;
    if (this.#pacer.next(errorRate)) {
      answerJson(response, 500, { error: "failing on purpose" });
      return;
    }
    if (latencyMs > 0) setTimeout(() => this.#route(request, response), latencyMs);
    else this.#route(request, response);
  }

  #route(request: IncomingMessage, response: ServerResponse): void {
    const [path, query] = split(request.url as string);
    switch (`${request.method} ${path}`) {
      case "GET /":
      case "HEAD /":
        this.#after(this.#behaviour.workMs, () =>
          answerJson(response, 200, { alive: true, ...this.#identity }),
        );
        break;
      case "GET /work":
        this.#work(query, response);
        break;
      case "POST /orders":
        this.#after(this.#behaviour.workMs, () => {
          this.#order(request, response).catch((error: unknown) => refuse(response, error));
        });
        break;
      case "POST /crash":
        this.#host.exit(1);
        break;
      default:
        answerJson(response, 404, {
          error: `no ${request.method} ${path} here`,
          here: ["GET /", "GET /work?ms=", "POST /orders", "POST /crash"],
        });
    }
  }

  #work(query: string, response: ServerResponse): void {
    const ms = new URLSearchParams(query).get("ms") ?? "0";
    if (!/^\d{1,4}$/.test(ms) || Number(ms) > MAX_WORK_MS) {
      answerJson(response, 400, { error: `ms must be a whole number up to ${MAX_WORK_MS}` });
      return;
    }
    this.#after(Number(ms), () => answerJson(response, 200, { ...this.#identity, ms: Number(ms) }));
  }

  #after(workMs: number, answer: () => void): void {
    const ms = workMs * this.#behaviour.slowFactor;
    if (ms > 0) setTimeout(answer, ms);
    else answer();
  }

  async #order(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = orderId(await readText(request), request.headers["x-request-id"]);
    this.#orders += 1;
    await new Promise<void>((resolve) => this.#host.print(`order ${id}\n`, resolve));
    answerJson(response, 201, { id, ...this.#identity });
  }

  #leak(bytes: number): void {
    if (bytes === 0 || this.#leakedBytes + bytes > MAX_MEMORY_BYTES) return;
    this.#leakedBytes += bytes;
    this.#keep(bytes);
  }

  /** Filled: the system gives memory only when it is written to. */
  #keep(bytes: number): void {
    this.#kept.push(Buffer.alloc(bytes, 1));
  }
}

function orderId(body: string, header: unknown): string {
  let given: unknown = header;
  if (body !== "") {
    try {
      given = (JSON.parse(body) as { id?: unknown } | null)?.id ?? header;
    } catch (cause) {
      throw new AegisError("INVALID_INPUT", "the body is not JSON", { cause });
    }
  }
  const id = printableId(typeof given === "number" ? String(given) : given);
  if (id !== undefined) return id;
  throw new AegisError(
    "INVALID_INPUT",
    'expected {"id": "..."} or an x-request-id header, of up to 128 letters, digits and _.:/+=@-',
  );
}

function refuse(response: ServerResponse, error: unknown): void {
  // The client went away while it was sending: nobody is left to be told.
  if (response.destroyed) return;
  const status = error instanceof AegisError ? 400 : 500;
  answerJson(response, status, { error: messageOf(error) });
}

function split(url: string): [path: string, query: string] {
  const at = url.indexOf("?");
  return at === -1 ? [url, ""] : [url.slice(0, at), url.slice(at + 1)];
}
