import type { IncomingMessage, ServerResponse } from "node:http";
import { AegisError, messageOf } from "../../src/kit/errors.ts";
import type { Host } from "../host.ts";
import { printableId } from "../request-log.ts";
import { answerJson, startService } from "../service.ts";
import { readText } from "./body.ts";
import { startControl } from "./control.ts";
import { ErrorPacer, type Failures, NO_FAILURES } from "./failures.ts";

/** The longest that `/work?ms=` waits. */
const MAX_WORK_MS = 5000;
const MAX_LEAK_BYTES = 2 ** 30;

/**
 * An application replica: `/` says who is alive, `/work?ms=` takes its time, `POST /orders` writes `order <id>` to the
 * log before it answers, `POST /crash` dies. Named by REPLICA and APP_VERSION in every answer.
 */
export async function startApp(host: Host): Promise<void> {
  const app = new App(host);
  await startControl(host, app);
  await startService(host, {
    name: "app",
    defaultPort: 3000,
    defaultDrainMs: 1500,
    prefix: "",
    isReady: () => true,
    handle: (request, response) => app.handle(request, response),
    metrics: () => app.metrics(),
  });
}

class App {
  readonly #host: Host;
  readonly #identity: { readonly replica: string; readonly version: string };
  readonly #pacer = new ErrorPacer();
  readonly #leaked: Buffer[] = [];
  #leakedBytes = 0;
  #orders = 0;
  #failures = NO_FAILURES;

  constructor(host: Host) {
    this.#host = host;
    this.#identity = {
      replica: host.env["REPLICA"] || host.hostname,
      version: host.env["APP_VERSION"] || "v1",
    };
  }

  get(): Failures {
    return this.#failures;
  }

  set(failures: Failures): void {
    this.#failures = failures;
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
    response.setHeader("x-aegis-replica", this.#identity.replica);
    response.setHeader("x-aegis-version", this.#identity.version);
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
        answerJson(response, 200, { alive: true, ...this.#identity });
        break;
      case "GET /work":
        this.#work(query, response);
        break;
      case "POST /orders":
        this.#order(request, response).catch((error: unknown) => refuse(response, error));
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
    setTimeout(() => answerJson(response, 200, { ...this.#identity, ms: Number(ms) }), Number(ms));
  }

  async #order(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = orderId(await readText(request), request.headers["x-request-id"]);
    this.#orders += 1;
    await new Promise<void>((resolve) => this.#host.print(`order ${id}\n`, resolve));
    answerJson(response, 201, { id, ...this.#identity });
  }

  #leak(bytes: number): void {
    if (bytes === 0 || this.#leakedBytes + bytes > MAX_LEAK_BYTES) return;
    this.#leakedBytes += bytes;
    this.#leaked.push(Buffer.alloc(bytes, 1));
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
