import type { Duplex } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { AegisError, type ErrorCode, EXIT_CODES, messageOf } from "../../kit/errors.ts";
import type {
  CommandHarm,
  Crash,
  ExecResult,
  Hold,
  Lifecycle,
  StopOutcome,
} from "../../model/powers.ts";
import type { Address, EngineEvent, Replica, TargetRef } from "../../model/replica.ts";
import type { Release, Stack } from "../../model/stack.ts";
import type { LeaseOptions, LogLine } from "../engine.ts";
import type { UsageSample } from "../usage.ts";

/** Both ends must speak the same: aegis may have been updated while a supervisor ran on. */
export const PROTOCOL = 3;

/** What can be asked of a supervisor: the parameters, what may come while it works, and the answer. */
export interface Calls {
  hello: { params: { protocol: number }; item: never; result: { protocol: number } };
  /** Items tell of progress. */
  up: { params: { stack: Stack; timeoutMs: number }; item: string; result: null };
  /** Answered when all is stopped; the supervisor exits right after. */
  down: { params: null; item: never; result: null };
  isUp: { params: null; item: never; result: boolean };
  /** null: there is no stack. */
  replicas: { params: null; item: never; result: readonly Replica[] | null };
  /** `declared` is what it begins with while there is no stack. Ends when the supervisor does. */
  events: { params: { declared: readonly Replica[] }; item: EngineEvent; result: null };
  logs: {
    params: { names: readonly string[]; follow: boolean; tail: number | null };
    item: readonly LogLine[];
    result: null;
  };
  usage: { params: null; item: never; result: readonly UsageSample[] };
  addressOf: {
    params: { consumer: string | null; service: string; port: number | null };
    item: never;
    result: Address;
  };
  lease: { params: LeaseOptions; item: never; result: string };
  renew: { params: { lease: string }; item: never; result: null };
  release: { params: { lease: string }; item: never; result: null };
  /** true: one of the leases asked for the stack to go down. */
  expire: { params: null; item: never; result: boolean };
  move: {
    params: { move: Move; key: string; hold: Hold | null };
    item: never;
    result: StopOutcome | null;
  };
  releaseOf: { params: { key: string }; item: never; result: Release };
  pin: { params: { key: string; release: Release }; item: never; result: Release };
  put: { params: { key: string; release: Release }; item: never; result: null };
  /** Why no newcomer can be beside it. */
  refusal: { params: { key: string }; item: never; result: string | null };
  add: {
    params: { key: string; release: Release; hold: Hold | null };
    item: never;
    result: TargetRef;
  };
  /** null, as nothing to dismiss, also of an unknown one. */
  beside: { params: { key: string }; item: never; result: Replica | null };
  promote: { params: { key: string }; item: never; result: null };
  dismiss: { params: { key: string }; item: never; result: null };
  /** The command ends with whoever waits for it. */
  exec: {
    params: { key: string; command: readonly string[]; timeoutMs: number };
    item: never;
    result: ExecResult;
  };
  holdCommand: {
    params: { key: string; harm: CommandHarm; hold: Hold };
    item: never;
    result: null;
  };
  freeCommand: { params: { key: string; harm: CommandHarm }; item: never; result: null };
}

export type CallName = keyof Calls;
export type Move = Exclude<keyof Lifecycle, "stateOf" | "losses"> | keyof Crash;

/** A line to the supervisor. */
export type Request = { [Name in CallName]: RequestTo<Name> }[CallName] | Cancel;

export interface RequestTo<Name extends CallName> {
  readonly id: number;
  readonly call: Name;
  readonly params: Calls[Name]["params"];
}

/** Nobody waits for that answer any more. */
export interface Cancel {
  readonly id: number;
  readonly cancel: true;
}

/** A line from the supervisor: any number of items, then a result or an error; or, to nobody's call, that it is about to go. */
export type Reply =
  | { readonly leaving: true }
  | { readonly id: number; readonly item: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WireError };

/** An AegisError on the wire; `code` null: a bug of ours, GONE: a GoneError. */
export interface WireError {
  readonly code: ErrorCode | "GONE" | null;
  readonly message: string;
  readonly hint: string | null;
}

export function toWireError(thrown: unknown): WireError {
  if (thrown instanceof AegisError) {
    const code = thrown instanceof GoneError ? "GONE" : thrown.code;
    return { code, message: thrown.message, hint: thrown.hint ?? null };
  }
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown);
  return { code: null, message: text, hint: null };
}

export function fromWireError({ code, message, hint }: WireError): Error {
  const details = hint === null ? {} : { hint };
  if (code === "GONE") return new GoneError("ENVIRONMENT", message, details);
  if (code === null || !(code in EXIT_CODES)) return new Error(message);
  return new AegisError(code, message, details);
}

/** The supervisor is no more, or does not take this on any more: it is going down. */
export class GoneError extends AegisError {}

/** What every call rejects with once the supervisor is no more. */
export function goneError(project: string): GoneError {
  return new GoneError("ENVIRONMENT", `the supervisor of project ${project} is gone`, {
    hint: "its replicas are gone with it; `aegis up` starts the stack again",
  });
}

/** Longer lines than any of ours mean that somebody else is talking. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** Reads newline-delimited JSON from a stream; one that says something else is destroyed. */
export function readMessages(source: Duplex, onMessage: (message: unknown) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  source.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() as string;
    try {
      for (const line of lines) onMessage(JSON.parse(line));
    } catch (thrown) {
      source.destroy(new Error(`not our protocol: ${messageOf(thrown)}`));
    }
    if (rest.length > LONGEST_LINE) source.destroy(new Error("not our protocol: an endless line"));
  });
}

/** Writes one message as a line. False when the reader does not keep up. */
export function writeMessage(target: Duplex, message: Request | Reply): boolean {
  return target.writable && target.write(`${JSON.stringify(message)}\n`);
}
