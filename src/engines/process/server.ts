import { once } from "node:events";
import { chmodSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CallName,
  type Calls,
  type Cancel,
  type Request,
  type RequestTo,
  readMessages,
  toWireError,
  writeMessage,
} from "./protocol.ts";

/** What a handler gets besides its parameters. */
export interface CallContext<Item> {
  /** Aborts when the client cancels or goes away. */
  readonly signal: AbortSignal;
  send(item: Item): void;
  /** Resolves when the client is ready for more. */
  drained(): Promise<void>;
}

/** One function per call. */
export type Handlers = {
  readonly [Name in CallName]: (
    params: Calls[Name]["params"],
    context: CallContext<Calls[Name]["item"]>,
  ) => Promise<Calls[Name]["result"]>;
};

/** A client that lets this much pile up unread is cut off: it must not cost us our memory. */
const LARGEST_BACKLOG_BYTES = 16 * 1024 * 1024;

/** A control socket that is being served. */
export interface ControlServer {
  readonly clients: number;
  /** Tells all clients, and those that still come, that we are about to go. */
  announceLeaving(): void;
  /** Listens no more, sends what is due and hangs up. */
  close(): Promise<void>;
}

const GOODBYE_MS = 500;
const LEAVING = { leaving: true } as const;

/** Listens on a control socket of mode 0600. `onIdle` is called whenever the last client has gone. */
export async function serve(
  path: string,
  handlers: Handlers,
  onIdle: () => void,
): Promise<ControlServer> {
  const clients = new Set<Socket>();
  let isLeaving = false;
  const server = createServer((socket) => {
    clients.add(socket);
    if (isLeaving) writeMessage(socket, LEAVING);
    socket.once("close", () => {
      clients.delete(socket);
      if (clients.size === 0) onIdle();
    });
    serveClient(socket, handlers);
  });
  server.listen(path);
  await once(server, "listening");
  chmodSync(path, 0o600);
  return {
    get clients() {
      return clients.size;
    },
    announceLeaving: () => {
      isLeaving = true;
      for (const socket of clients) writeMessage(socket, LEAVING);
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of clients) socket.end();
      await Promise.race([closed, sleep(GOODBYE_MS)]);
    },
  };
}

function serveClient(socket: Socket, handlers: Handlers): void {
  const calls = new Map<number, AbortController>();
  socket.on("error", () => undefined);
  socket.once("close", () => {
    for (const call of calls.values()) call.abort();
  });
  readMessages(socket, (message) => {
    const request = message as Request;
    if (isCancel(request)) calls.get(request.id)?.abort();
    else void answer(socket, handlers, request, calls);
  });
}

function isCancel(request: Request): request is Cancel {
  return "cancel" in request;
}

async function answer(
  socket: Socket,
  handlers: Handlers,
  request: RequestTo<CallName>,
  calls: Map<number, AbortController>,
): Promise<void> {
  const { id, call, params } = request;
  const controller = new AbortController();
  calls.set(id, controller);
  const context: CallContext<unknown> = {
    signal: controller.signal,
    send: (item) => {
      writeMessage(socket, { id, item });
      if (socket.writableLength > LARGEST_BACKLOG_BYTES) socket.destroy();
    },
    drained: async () => {
      if (!socket.writableNeedDrain || socket.destroyed) return;
      const over = new AbortController();
      const { signal } = over;
      const either = [once(socket, "drain", { signal }), once(socket, "close", { signal })];
      await Promise.race(either.map((one) => one.catch(() => undefined)));
      over.abort();
    },
  };
  try {
    const handler = handlers[call] as (
      params: unknown,
      context: CallContext<unknown>,
    ) => Promise<unknown>;
    writeMessage(socket, { id, result: (await handler(params, context)) ?? null });
  } catch (thrown) {
    writeMessage(socket, { id, error: toWireError(thrown) });
  } finally {
    controller.abort();
    calls.delete(id);
  }
}
