import { get } from "node:http";
import { afterAwake } from "../kit/awake.ts";
import type { Address } from "../model/replica.ts";

/** What one look at a replica said. */
export interface ProbeResult {
  readonly ok: boolean;
  /** For people: `answered 503`, `connection refused`. */
  readonly detail: string;
  /** From the version header of the answer; null when it has none. */
  readonly version: string | null;
  /** Did its machine say anything at all, if only that nothing listens there? */
  readonly reached: boolean;
  /** Was there no answer within the time? */
  readonly silent: boolean;
}

/** How often the ready path of a life is asked: until it is well, and then. A frozen replica is found out within STEADY_MS + 2 * ANSWER_MS. */
export const EAGER_MS = 50;
export const STEADY_MS = 500;
const ANSWER_MS = 700;

/**
 * Asks whether a replica is ready. What it says counts at once; a silence only when a second one follows, over a connection of
 * its own: a lost packet or a machine that stalls for a moment is no news of the replica.
 */
export async function probeReady(
  address: Address,
  path: string,
  versionHeader: string | null,
): Promise<ProbeResult> {
  const first = await probeHttp(address, path, ANSWER_MS, versionHeader);
  if (!first.silent) return first;
  const second = await probeHttp(address, path, ANSWER_MS, versionHeader);
  return second.silent ? { ...second, detail: `${second.detail}, twice` } : second;
}

/** Asks a path over a connection of its own; 2xx and 3xx are well. The time limit counts while we are awake. Never rejects. */
export function probeHttp(
  { host, port }: Address,
  path: string,
  timeoutMs: number,
  versionHeader: string | null,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    let reached = false;
    const fail = (detail: string, silent: boolean): void =>
      resolve({ ok: false, detail, version: null, reached, silent });
    const request = get(
      { host, port, path, agent: false, headers: { "user-agent": "aegis-probe" } },
      (response) => {
        const status = response.statusCode ?? 0;
        const header = versionHeader === null ? undefined : response.headers[versionHeader];
        response.resume();
        response.once("error", () => undefined);
        response.once("close", callOff);
        resolve({
          ok: status >= 200 && status < 400,
          detail: `GET ${path} answered ${status}`,
          version: typeof header === "string" ? header : null,
          reached: true,
          silent: false,
        });
      },
    );
    const callOff = afterAwake(timeoutMs, () => {
      fail(`GET ${path} did not answer within ${timeoutMs} ms`, true);
      request.destroy();
    });
    request.once("socket", (socket) => {
      socket.once("connect", () => {
        reached = true;
      });
    });
    request.once("error", (error: NodeJS.ErrnoException) => {
      callOff();
      reached ||= error.code === "ECONNREFUSED" || error.code === "ECONNRESET";
      const what = error.code === "ECONNREFUSED" ? "connection refused" : error.message;
      fail(`GET ${path}: ${what}`, false);
    });
  });
}

/** Looks at once and then again and again; `onResult` says how long to wait until the next look. Never two at a time. Returns the way to stop. */
export function startProbeLoop(
  look: () => Promise<ProbeResult>,
  onResult: (result: ProbeResult) => number,
): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const turn = async (): Promise<void> => {
    const result = await look();
    if (stopped) return;
    const waitMs = onResult(result);
    if (!stopped) timer = setTimeout(() => void turn(), waitMs);
  };
  void turn();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
