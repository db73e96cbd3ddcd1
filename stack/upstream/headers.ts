import type { IncomingHttpHeaders } from "node:http";

/** Headers that belong to one connection (RFC 9110, section 7.6.1); `expect` is answered by us. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "expect",
]);

/** What of a request goes on to a member, as a flat list of names and values; duplicates and order are kept. */
export function forwardedHeaders(
  raw: readonly string[],
  client: { readonly connection: string | undefined; readonly address: string | undefined },
  options: { readonly keepLength: boolean },
): string[] {
  const dropped = named(client.connection);
  const headers: string[] = [];
  let forwardedFor = "";
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] as string).toLowerCase();
    const value = raw[i + 1] as string;
    if (name === "x-forwarded-for") forwardedFor += `${value}, `;
    else if (name === "content-length" && !options.keepLength) continue;
    else if (!HOP_BY_HOP.has(name) && !dropped?.includes(name)) headers.push(name, value);
  }
  headers.push("x-forwarded-for", forwardedFor + (client.address ?? "unknown"));
  return headers;
}

/** What of a member's answer goes back to the client. */
export function returnedHeaders(received: IncomingHttpHeaders): Record<string, string | string[]> {
  const dropped = named(received.connection);
  const headers: Record<string, string | string[]> = {};
  for (const name in received) {
    const value = received[name];
    if (value !== undefined && !HOP_BY_HOP.has(name) && !dropped?.includes(name)) {
      headers[name] = value;
    }
  }
  return headers;
}

function named(connection: string | undefined): string[] | undefined {
  if (connection === undefined || connection === "keep-alive" || connection === "close") {
    return undefined;
  }
  return connection.split(",").map((name) => name.trim().toLowerCase());
}
