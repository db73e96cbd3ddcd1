import { StringDecoder } from "node:string_decoder";

/** How to undo what is held of one replica, told to a program that knows nothing of stacks. */
export type Undo = {
  /** The replica's. */
  readonly key: string;
  /** For people. */
  readonly name: string;
} & (
  | { readonly do: "unpause"; readonly id: string }
  /** `identity`: the labels of the container, whichever it is by then, as `name=value`. */
  | { readonly do: "start"; readonly id: string; readonly identity: readonly string[] }
  | { readonly do: "recreate"; readonly create: CreateOptions }
  | CommandUndo
);

/** What a command has done, taken back by another one in whichever container stands for the replica by then. */
interface CommandUndo {
  readonly do: "exec";
  readonly id: string;
  readonly identity: readonly string[];
  /** What does the harm, and may still be doing it. */
  readonly run: readonly string[];
  readonly undo: readonly string[];
  /** For each of them. */
  readonly timeoutMs: number;
}

/** Held harm that is seen in the state of a container. */
export type StateUndo = Exclude<Undo, CommandUndo>;

/** Held harm that a command has done. */
export type HeldCommand = Extract<Undo, CommandUndo>;

/** All that makes the same container again: `createOptionsFrom` reads it off one that is still there. */
export interface CreateOptions {
  readonly name: string;
  /** The body of the API's create call, with at most one network: older daemons take no more. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Networks to connect before it is started. */
  readonly connect: readonly {
    readonly network: string;
    readonly endpoint: Readonly<Record<string, unknown>>;
  }[];
  /** The id of the image it ran, for when nothing goes by its name any more. */
  readonly imageId: string;
  /** The id of the container it was read off. */
  readonly of: string;
}

/** Takes a compose project down without compose. */
export interface DownPlan {
  /** The compose project. */
  readonly project: string;
  /** Volumes that were there before aegis brought the project up: they stay. All others of the project go. */
  readonly keepVolumes: readonly string[];
}

/** What can be asked of a warden, with its parameters. Every call is answered with `ok` or with an error. */
export interface Calls {
  open: { readonly lease: string; readonly ttlMs: number; readonly down: DownPlan | null };
  renew: { readonly lease: string };
  /** Answered when all that was held is undone. */
  release: { readonly lease: string };
  /** Answered when it is written down. */
  hold: { readonly lease: string; readonly undo: Undo };
  /** `undo`: the command that has undone what is held no more; null: all but what commands undo. */
  free: { readonly key: string; readonly undo: readonly string[] | null };
  /** Kills a process, if it is one of that container. */
  crash: { readonly container: string; readonly pid: number };
}

export type CallName = keyof Calls;

export type Request = { [Name in CallName]: RequestTo<Name> }[CallName];

export interface RequestTo<Name extends CallName> {
  readonly id: number;
  readonly call: Name;
  readonly params: Calls[Name];
}

/** An answer, or what a warden says by itself: that it listens, or that a lease has run out. */
export type Reply =
  | { readonly ready: true }
  | { readonly ended: string }
  | { readonly id: number; readonly ok: true }
  | { readonly id: number; readonly error: WardenError };

export interface WardenError {
  /** `ended`: that lease is no more. `not-running`: that process is no more, or never was the container's. */
  readonly code: "ended" | "not-running" | "failed";
  readonly message: string;
}

/** A refusal that travels as it is. */
export class Refusal extends Error {
  readonly code: WardenError["code"];

  constructor(code: WardenError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** Collects chunks of bytes into messages, one a line. Passes over a line that is none: whoever holds harm does not end for it. */
export function messageReader<Message extends Request | Reply>(
  isMessage: (value: object) => boolean,
  onMessage: (message: Message) => void,
): (chunk: Buffer) => void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() as string;
    for (const line of lines) {
      const value = parsed(line);
      if (value !== null && isMessage(value)) onMessage(value as Message);
    }
  };
}

export function isRequest(value: object): boolean {
  return "call" in value && "id" in value;
}

export function isReply(value: object): boolean {
  return (
    "ready" in value || "ended" in value || ("id" in value && ("ok" in value || "error" in value))
  );
}

function parsed(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
