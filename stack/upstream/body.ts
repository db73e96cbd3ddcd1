import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** Bodies up to this size are kept, so that they can be sent again. */
const KEPT_BYTES = 64 * 1024;

/** A request body on its way to a member. */
export interface ForwardedBody {
  /** Can be sent as often as wanted. */
  readonly kept: boolean;
  /** The body for one try. One that is not kept may be asked for again only if it was never read. */
  send(): Buffer | Readable | null;
}

const EMPTY: ForwardedBody = { kept: true, send: () => null };

/** True when there is a body, by RFC 9112, section 6.3. */
export function hasBody(request: IncomingMessage): boolean {
  const length = request.headers["content-length"];
  return (
    request.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0")
  );
}

export function noBody(): ForwardedBody {
  return EMPTY;
}

/** Reads a body of up to 64 KiB; a larger one is what was read so far and, streamed, the rest. Rejects when the client goes away. */
export async function readBody(request: IncomingMessage): Promise<ForwardedBody> {
  const chunks: Buffer[] = [];
  const rest = request[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let size = 0;
  while (size <= KEPT_BYTES) {
    const next = await rest.next();
    if (next.done) {
      const whole = Buffer.concat(chunks, size);
      return { kept: true, send: () => whole };
    }
    size += next.value.length;
    chunks.push(next.value);
  }
  return { kept: false, send: () => Readable.from(stream(chunks, rest)) };
}

async function* stream(head: readonly Buffer[], rest: AsyncIterator<Buffer>) {
  yield* head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
