import { get } from "node:http";

/** What one look at a replica said. */
export interface ProbeResult {
  readonly ok: boolean;
  /** For people: `answered 503`, `connection refused`. */
  readonly detail: string;
  /** From the version header of the answer; null when it has none. */
  readonly version: string | null;
}

/** Asks a path on a loopback port over a connection of its own; 2xx and 3xx are well. Never rejects. */
export function probeHttp(
  port: number,
  path: string,
  timeoutMs: number,
  versionHeader: string | null,
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const fail = (detail: string): void => resolve({ ok: false, detail, version: null });
    const request = get(
      { host: "127.0.0.1", port, path, agent: false, headers: { "user-agent": "aegis-probe" } },
      (response) => {
        const status = response.statusCode ?? 0;
        const header = versionHeader === null ? undefined : response.headers[versionHeader];
        response.resume();
        response.once("error", () => undefined);
        response.once("close", () => clearTimeout(timer));
        resolve({
          ok: status >= 200 && status < 400,
          detail: `GET ${path} answered ${status}`,
          version: typeof header === "string" ? header : null,
        });
      },
    );
    const timer = setTimeout(() => {
      fail(`GET ${path} did not answer within ${timeoutMs} ms`);
      request.destroy();
    }, timeoutMs);
    request.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      fail(`GET ${path}: ${error.code === "ECONNREFUSED" ? "connection refused" : error.message}`);
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
