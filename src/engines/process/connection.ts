import { createConnection, type Socket } from "node:net";
import { AegisError } from "../../kit/errors.ts";
import {
  type CallName,
  type Calls,
  fromWireError,
  goneError,
  type Reply,
  readMessages,
  writeMessage,
} from "./protocol.ts";
import { ANSWER_MS } from "./time-limits.ts";

/** How a call is followed while it works. */
export interface CallOptions<Item> {
  readonly onItem?: (item: Item) => void;
  /** Gives up waiting: the call is cancelled and rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Rejects with ENVIRONMENT when nothing, not even an item, has come for so long; ANSWER_MS unless told, null: never. */
  readonly limitMs?: number | null;
}

/** A client's end of the control socket. Calls run side by side. */
export interface Connection {
  /** Rejects with what the supervisor answered, with a GoneError when it is gone, or with ENVIRONMENT when it does not answer. */
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
      waiting.set(id, watched({ onItem, resolve, reject }, options, project, giveUp));
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

/** An answer that is already there is still read when the time is over: we may have been stopped ourselves. */
const COURTESY_MS = 100;
/** The longest time that a timer can be set to. */
const LONGEST_MS = 2 ** 31 - 1;

/** Gives a call up by its signal or its time limit, until it is settled. */
function watched(
  { onItem, resolve, reject }: Waiting,
  { signal, limitMs = ANSWER_MS }: CallOptions<never>,
  project: string,
  giveUp: (reason: unknown) => void,
): Waiting {
  let timer: NodeJS.Timeout | undefined;
  const wind = (): void => {
    clearTimeout(timer);
    if (limitMs === null) return;
    const late = (): void => giveUp(silentError(project, limitMs));
    const almostLate = (): void => {
      timer = setTimeout(late, COURTESY_MS);
    };
    timer = setTimeout(almostLate, Math.min(limitMs, LONGEST_MS));
  };
  const cancel = (): void => giveUp(signal?.reason);
  const settled =
    <T>(settle: (value: T) => void) =>
    (value: T) => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", cancel);
      settle(value);
    };
  signal?.addEventListener("abort", cancel, { once: true });
  wind();
  return {
    onItem: (item) => {
      wind();
      onItem(item);
    },
    resolve: settled(resolve),
    reject: settled(reject),
  };
}

function silentError(project: string, limitMs: number): AegisError {
  return new AegisError(
    "ENVIRONMENT",
    `the supervisor of project ${project} does not answer within ${limitMs / 1000} s`,
    { hint: "`aegis down` ends it, and the stack with it" },
  );
}
