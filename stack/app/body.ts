import type { IncomingMessage } from "node:http";
import { AegisError } from "../../src/kit/errors.ts";

const MAX_BYTES = 64 * 1024;

/** The whole body as text; INVALID_INPUT when it is larger than 64 KiB. */
export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) {
      throw new AegisError("INVALID_INPUT", `the body is larger than ${MAX_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
