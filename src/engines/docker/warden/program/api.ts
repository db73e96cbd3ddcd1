import { request } from "node:http";

/** The daemon's HTTP API as far as a warden needs it. */
export interface DockerApi {
  /** The answer's JSON, null when it has none. Rejects with an ApiError when the daemon says no, else with what broke the connection. */
  call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<unknown>;
}

/** The daemon's own refusal. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A call that stops a container takes as long as its grace: only a daemon that says nothing for longer hangs. */
const SILENCE_MS = 180_000;

export function dockerApi(socketPath: string): DockerApi {
  return {
    call: (method, path, body) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : JSON.stringify(body);
        const headers = text === undefined ? {} : { "content-type": "application/json" };
        const asked = request({ socketPath, method, path, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            const answer = parse(Buffer.concat(chunks).toString());
            const status = response.statusCode ?? 0;
            if (status < 400) resolve(answer);
            else reject(new ApiError(status, messageIn(answer) ?? `status ${status}`));
          });
        });
        asked.on("error", reject);
        asked.setTimeout(SILENCE_MS, () => asked.destroy(new Error("the daemon does not answer")));
        asked.end(text);
      }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function messageIn(answer: unknown): string | undefined {
  return (answer as { message?: string } | null)?.message;
}

/** A query of labels, as the API wants it. */
export function labelled(...labels: readonly string[]): string {
  return `filters=${encodeURIComponent(JSON.stringify({ label: labels }))}`;
}

/** Undefined when what it asks for is not there. */
export async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.status === 404) return undefined;
    throw thrown;
  }
}
