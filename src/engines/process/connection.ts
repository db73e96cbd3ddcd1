import { createConnection, type Socket } from "node:net";
import { AegisError } from "../../kit/errors.ts";
import {
  type CallName,
  type Calls,
  fromWireError,
  type Reply,
  readMessages,
  writeMessage,
} from "./protocol.ts";

/** How a call is followed while it works. */
export interface CallOptions<Item> {
  readonly onItem?: (item: Item) => void;
  /** Gives up waiting: the call is cancelled and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A client's end of the control socket. Calls run side by side. */
export interface Connection {
  /** Rejects with what the supervisor answered, or with ENVIRONMENT when it is gone. */
  call<Name extends CallName>(
    name: Name,
    params: Calls[Name]["params"],
    options?: CallOptions<Calls[Name]["item"]>,
  ): Promise<Calls[Name]["result"]>;
  readonly isOpen: boolean;
  /** We have closed it, or asked the supervisor to go. */
  readonly isEndedByUs: boolean;
  /** Resolves when either end has hung up. */
  readonly closed: Promise<void>;
  close(): void;
}

interface Waiting {
  readonly onItem: (item: unknown) => void;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Connects to a control socket; null when nobody listens there. The connection alone does not keep our process alive. */
export function openConnection(path: string, project: string): Promise<Connection | null> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("error", () => resolve(null));
    socket.once("connect", () => resolve(createClient(socket, project)));
  });
}

/** What every call rejects with once the supervisor is no more. */
export function goneError(project: string): AegisError {
  return new AegisError("ENVIRONMENT", `the supervisor of project ${project} is gone`, {
    hint: "its replicas are gone with it; `aegis up` starts the stack again",
  });
}

function createClient(socket: Socket, project: string): Connection {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let isOpen = true;
  let isEndedByUs = false;
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      isOpen = false;
      for (const { reject } of waiting.values()) reject(goneError(project));
      waiting.clear();
      resolve();
    });
  });
  const forget = (id: number): void => {
    waiting.delete(id);
    if (waiting.size === 0) socket.unref();
  };
  readMessages(socket, (message) => {
    const reply = message as Reply;
    const call = waiting.get(reply.id);
    if (call === undefined) return;
    if ("item" in reply) return call.onItem(reply.item);
    forget(reply.id);
    if ("error" in reply) call.reject(fromWireError(reply.error));
    else call.resolve(reply.result);
  });
  socket.unref();
  const call = (name: CallName, params: unknown, options: CallOptions<never> = {}) =>
    new Promise<unknown>((resolve, reject) => {
      if (!isOpen) return reject(goneError(project));
      const id = ++lastId;
      isEndedByUs ||= name === "down";
      const { signal } = options;
      const cancel = (): void => {
        forget(id);
        writeMessage(socket, { id, cancel: true });
        reject(signal?.reason);
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener("abort", cancel, { once: true });
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          signal?.removeEventListener("abort", cancel);
          settle(value);
        };
      const onItem = (options.onItem ?? (() => undefined)) as (item: unknown) => void;
      waiting.set(id, { onItem, resolve: settled(resolve), reject: settled(reject) });
      socket.ref();
      writeMessage(socket, { id, call: name, params } as Parameters<typeof writeMessage>[1]);
    });
  return {
    call: call as Connection["call"],
    get isOpen() {
      return isOpen;
    },
    get isEndedByUs() {
      return isEndedByUs;
    },
    closed,
    close: () => {
      isEndedByUs = true;
      socket.end();
    },
  };
}
