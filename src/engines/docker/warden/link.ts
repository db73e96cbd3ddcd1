import type { Duplex } from "node:stream";
import { AegisError } from "../../../kit/errors.ts";
import { frameReader } from "../helper/frames.ts";
import {
  type CallName,
  type Calls,
  isReply,
  messageReader,
  type Reply,
  type WardenError,
} from "./program/wire.ts";

/** The warden's own refusal. */
export class AnsweredError extends Error {
  readonly code: WardenError["code"];

  constructor({ code, message }: WardenError) {
    super(message);
    this.code = code;
  }
}

export interface LinkOptions {
  /** The helper container's, for people. */
  readonly name: string;
  /** A lease has run out. */
  readonly onEnded: (lease: string) => void;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** What a warden prints when it cannot start is short. */
const KEPT_CHARACTERS = 4096;

/** Our end of a warden's stdin and stdout. Calls run side by side. It alone does not keep our process alive. */
export class Link {
  /** Resolves when the warden's program listens; rejects with what it printed when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when either end has hung up. */
  readonly closed: Promise<void>;
  readonly #stream: Duplex;
  readonly #options: LinkOptions;
  readonly #waiting = new Map<number, Waiting>();
  #opening: Waiting | undefined;
  #close: (() => void) | undefined;
  #isOpen = true;
  #lastId = 0;
  #printed = "";

  /** `stream` is what attaching gives: two streams in frames. */
  constructor(stream: Duplex, options: LinkOptions) {
    this.#stream = stream;
    this.#options = options;
    this.ready = new Promise((resolve, reject) => {
      this.#opening = { resolve, reject };
    });
    this.ready.catch(() => undefined);
    this.closed = new Promise((resolve) => {
      this.#close = resolve;
    });
    const read = messageReader<Reply>(isReply, (message) => this.#onReply(message));
    const readFrames = frameReader((kind, content) => {
      if (kind === "stdout") read(content);
      else this.#printed = (this.#printed + content).slice(-KEPT_CHARACTERS);
    });
    stream.on("data", (chunk: Buffer) => {
      try {
        readFrames(chunk);
      } catch (thrown) {
        stream.destroy(thrown as Error);
      }
    });
    for (const event of ["end", "close", "error"]) stream.on(event, () => this.#end());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Rejects with an AnsweredError, or with ENVIRONMENT when the warden is gone or does not answer in time. */
  call<Name extends CallName>(name: Name, params: Calls[Name], limitMs: number): Promise<void> {
    if (!this.#isOpen) return Promise.reject(goneError(this.#options.name));
    return new Promise<void>((resolve, reject) => {
      const id = ++this.#lastId;
      const timer = setTimeout(() => {
        this.#settle(id)?.reject(silentError(this.#options.name, limitMs));
      }, limitMs);
      this.#waiting.set(id, {
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
        reject: (reason) => {
          clearTimeout(timer);
          reject(reason);
        },
      });
      setRef(this.#stream, true);
      this.#stream.write(`${JSON.stringify({ id, call: name, params })}\n`);
    });
  }

  /** The warden takes it as our end. */
  close(): void {
    this.#stream.end();
    this.#end();
    this.#stream.destroy();
  }

  #onReply(reply: Reply): void {
    if ("ready" in reply) {
      this.#opening?.resolve();
      setRef(this.#stream, this.#waiting.size > 0);
    } else if ("ended" in reply) this.#options.onEnded(reply.ended);
    else if ("ok" in reply) this.#settle(reply.id)?.resolve();
    else this.#settle(reply.id)?.reject(new AnsweredError(reply.error));
  }

  #settle(id: number): Waiting | undefined {
    const call = this.#waiting.get(id);
    this.#waiting.delete(id);
    setRef(this.#stream, this.#waiting.size > 0);
    return call;
  }

  #end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { name } = this.#options;
    this.#opening?.reject(new Error(this.#printed.trim() || `the container ${name} ended at once`));
    for (const { reject } of this.#waiting.values()) reject(goneError(name));
    this.#waiting.clear();
    this.#close?.();
  }
}

/** Sockets can let a process end; what ssh gives cannot. */
function setRef(stream: Duplex, isNeeded: boolean): void {
  const socket = stream as { ref?: () => void; unref?: () => void };
  if (isNeeded) socket.ref?.();
  else socket.unref?.();
}

/** What every call rejects with when the warden is no more. */
export function goneError(name: string): AegisError {
  return new AegisError("ENVIRONMENT", `the helper container ${name} is gone`, {
    hint: "what was held is undone by it, at the latest when the Docker daemon is back; run the command again",
  });
}

function silentError(name: string, limitMs: number): AegisError {
  const message = `the helper container ${name} does not answer within ${limitMs / 1000} s`;
  const hint = `\`docker logs ${name}\` says what it does`;
  return new AegisError("ENVIRONMENT", message, { hint });
}
