import { AegisError } from "../../src/kit/errors.ts";

/** One replica that requests can be forwarded to. */
export interface Member {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Members from `app1=127.0.0.1:3001,app2=127.0.0.1:3002`. Throws INVALID_INPUT. */
export function parseMemberList(text: string): Member[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => {
      const match = /^([\w.-]+)=([\w.-]+):(\d{1,5})$/.exec(part);
      if (match)
        return { name: match[1] as string, host: match[2] as string, port: Number(match[3]) };
      throw new AegisError("INVALID_INPUT", `MEMBERS: expected NAME=HOST:PORT, got "${part}"`);
    });
}

/** Members from the JSON of a members file, `{ "members": [{ "name", "host", "port" }] }`. Throws INVALID_INPUT. */
export function parseMembersFile(text: string, file: string): Member[] {
  const members: unknown = parse(text, file)?.members;
  if (Array.isArray(members) && members.every(isMember)) return members;
  throw new AegisError(
    "INVALID_INPUT",
    `${file}: expected { "members": [{ "name": "app1", "host": "127.0.0.1", "port": 3001 }] }`,
  );
}

function parse(text: string, file: string): { members?: unknown } | null {
  try {
    return JSON.parse(text) as { members?: unknown } | null;
  } catch (cause) {
    throw new AegisError("INVALID_INPUT", `${file}: not JSON`, { cause });
  }
}

function isMember(value: unknown): value is Member {
  const { name, host, port } = (value ?? {}) as Record<string, unknown>;
  return typeof name === "string" && typeof host === "string" && Number.isInteger(port);
}
