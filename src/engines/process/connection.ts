import { createConnection, type Socket } from "node:net";
import {
  type CallName,
  type Calls,
  fromWireError,
  goneError,
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
  /** Rejects with what the supervisor answered, or with a GoneError when it is gone. */
  call<Name extends CallName>(
    name: Name,
    params: Calls[Name]["params"],
    options?: CallOptions<Calls[Name]["item"]>,
  ): Promise<Calls[Name]["result"]>;
  readonly isOpen: boolean;
  /** The supervisor has said that it is about to go, with everything it runs. */
  readonly isLeaving: boolean;
  /** We have closed it, or asked the supervisor to go. */
  readonly isEndedByUs: boolean;
  /** Resolves when either end has hung up. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Connects to a control socket; null when nobody listens there. The connection alone does not keep our process alive. */
export function openConnection(path: string, project: string): Promise<Connection | null> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("error", () => resolve(null));
    socket.once("connect", () => resolve(createClient(socket, project)));
  });
}

function createClient(socket: Socket, project: string): Connection {
  const waiting = new Map<number, Waiting>();
  const state = { isOpen: true, isLeaving: false, isEndedByUs: false };
  let lastId = 0;
  socket.on("error", () => undefined);
  const closed = new Promise<void>((resolve) => {
    socket.once("close", () => {
      state.isOpen = false;
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
    if ("leaving" in reply) {
      state.isLeaving = true;
      return;
    }
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
      if (!state.isOpen) return reject(goneError(project));
      if (options.signal?.aborted) return reject(options.signal.reason);
      const id = ++lastId;
      state.isEndedByUs ||= name === "down";
      const onItem = (options.onItem ?? (() => undefined)) as (item: unknown) => void;
      const giveUp = (reason: unknown): void => {
        waiting.get(id)?.reject(reason);
        forget(id);
        writeMessage(socket, { id, cancel: true });
      };
      waiting.set(id, watched({ onItem, resolve, reject }, options, giveUp));
      socket.ref();
      writeMessage(socket, { id, call: name, params } as Parameters<typeof writeMessage>[1]);
    });
  return {
    call: call as Connection["call"],
    get isOpen() {
      return state.isOpen;
    },
    get isLeaving() {
      return state.isLeaving;
    },
    get isEndedByUs() {
      return state.isEndedByUs;
    },
    closed,
    close: () => {
      state.isEndedByUs = true;
      socket.end();
    },
  };
}

interface Waiting {
  readonly onItem: (item: unknown) => void;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** Gives a call up by its signal, until it is settled. */
function watched(
  { onItem, resolve, reject }: Waiting,
  { signal }: CallOptions<never>,
  giveUp: (reason: unknown) => void,
): Waiting {
  const cancel = (): void => giveUp(signal?.reason);
  const settled =
    <T>(settle: (value: T) => void) =>
    (value: T) => {
      signal?.removeEventListener("abort", cancel);
      settle(value);
    };
  signal?.addEventListener("abort", cancel, { once: true });
  return {
    onItem,
    resolve: settled(resolve),
    reject: settled(reject),
  };
}
