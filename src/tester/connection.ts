import { connect as connectPlain, isIP, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type SecureContext } from "node:tls";
import { Client } from "undici";
import { nowUs } from "./clock.ts";
import type { Exchange } from "./exchange.ts";
import type { RequestTemplate } from "./template.ts";

/** Where connections go. */
export interface Target {
  /** `http://host:port` as the server should see it. */
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  /** null: no TLS. The certificate must be for `hostname`, wherever we connect. */
  readonly tls: { readonly hostname: string; readonly context: SecureContext } | null;
}

/** Whoever opened a connection, told what becomes of it. */
export interface ConnectionOwner {
  onOpen(connection: Connection): void;
  /** It never opened. */
  onFailed(connection: Connection, error: Error): void;
  /** It may take the next request. */
  onFree(connection: Connection): void;
  /** It had opened, and is gone; `busy`: a request was on it. */
  onClosed(connection: Connection, busy: boolean): void;
}

type State = "connecting" | "free" | "busy" | "closed";

/**
 * One socket, opened by us, and one undici Client that speaks HTTP/1.1 on it, one request at a time. When the socket
 * dies the connection is over: a Client that asks for another socket is told that there is none, which hands a
 * request not yet written back to the queue instead of tying it to a socket that is still connecting.
 */
export class Connection {
  readonly openedAt = nowUs();
  /** Requests answered. */
  served = 0;
  /** The peer had closed at or before our last request was written. */
  closedBefore = false;
  #state: State = "connecting";
  #exchange: Exchange | null = null;
  readonly #socket: Socket;
  readonly #origin: string;
  #client: Client | null = null;
  readonly #owner: ConnectionOwner;

  constructor(target: Target, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#origin = target.origin;
    this.#socket = openSocket(target);
    this.#watch(target.tls !== null);
  }

  get state(): State {
    return this.#state;
  }

  /** Can it really take a request? The socket may have died without its event having come yet. */
  get usable(): boolean {
    return this.#state === "free" && !this.#socket.destroyed;
  }

  send(exchange: Exchange, template: RequestTemplate): void {
    this.#state = "busy";
    this.#exchange = exchange;
    exchange.connection = this;
    const id = template.idOf(exchange.n);
    this.#client ??= clientOn(this.#socket, this.#origin);
    this.#client.dispatch(
      {
        method: template.method as "GET",
        path: template.path,
        headers: template.headersOf(id, template.traceparentOf(exchange.n)),
        body: template.bodyOf(id),
        reset: exchange.fresh,
      },
      exchange,
    );
  }

  /** The answer is complete. */
  completed(): void {
    this.served += 1;
    this.#exchange = null;
    if (this.#state !== "busy") return;
    this.#state = "free";
    this.#owner.onFree(this);
  }

  /** Closes the socket whatever is on it. */
  destroy(): void {
    this.#exchange = null;
    this.#client?.destroy().catch(() => undefined);
    this.#socket.destroy();
    // Before it opened no close event tells the owner.
    if (this.#state === "connecting") this.#state = "closed";
  }

  #watch(secure: boolean): void {
    const socket = this.#socket;
    let failure: Error | null = null;
    socket.on("error", (error) => {
      failure ??= error;
    });
    socket.once(secure ? "secureConnect" : "connect", () => {
      if (this.#state !== "connecting") return;
      this.#state = "free";
      this.#owner.onOpen(this);
    });
    if (!secure) socket.prependListener("end", () => this.#probe());
    socket.on("close", () => {
      const before = this.#state;
      this.#state = "closed";
      if (before === "connecting") this.#owner.onFailed(this, failure ?? new GoneError());
      else if (before !== "closed") this.#owner.onClosed(this, before === "busy");
    });
  }

  /**
   * The peer closed without a byte for a request that we have written. Had it closed before the request reached it,
   * its kernel has answered the request with a reset, and the next write fails at once (EPIPE); had it read the
   * request and died, the write is taken. An empty line is no request to anybody.
   */
  #probe(): void {
    if (this.served === 0 || this.#exchange?.waiting !== true) return;
    this.#socket.write("\r\n", (error) => {
      if (error) this.closedBefore = true;
    });
  }
}

/** A Client that speaks on this socket and on no other. */
function clientOn(socket: Socket, origin: string): Client {
  let given = false;
  return new Client(origin, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeoutThreshold: 500,
    connect: (_options, callback) => {
      const error = given || socket.destroyed ? new GoneError() : null;
      given = true;
      queueMicrotask(() => (error === null ? callback(null, socket) : callback(error, null)));
    },
  });
}

/** Not the peer's doing: the socket that a request was waiting for no longer exists. */
class GoneError extends Error {
  readonly code = "GONE";
  constructor() {
    super("the connection closed before the request was written");
  }
}

function openSocket({ host, port, tls }: Target): Socket {
  if (tls === null) return connectPlain({ host, port, noDelay: true });
  const socket = connectTls({
    host,
    port,
    ALPNProtocols: ["http/1.1"],
    secureContext: tls.context,
    ...(isIP(tls.hostname) === 0 ? { servername: tls.hostname } : {}),
    checkServerIdentity: (_host, certificate) => checkServerIdentity(tls.hostname, certificate),
  });
  return socket.setNoDelay(true);
}
