import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answersOk, freePort, type Role, startRole, until } from "../testing/testbed.ts";

let app: Role;
let url: string;
let control: string;

beforeEach(async () => {
  const [port, controlPort] = [await freePort(), await freePort()];
  app = startRole(process.execPath, "app", {
    PORT: String(port),
    PORT_CONTROL: String(controlPort),
    REPLICA: "app7",
    APP_VERSION: "v9",
    DRAIN_MS: "2000",
  });
  url = `http://127.0.0.1:${port}`;
  control = `http://127.0.0.1:${controlPort}`;
  await until("the app is ready", () => answersOk(`${url}/ready`));
});

afterEach(async () => {
  app.child.kill("SIGKILL");
  await app.exited;
});

const order = (body: string, headers: Record<string, string> = {}) =>
  fetch(`${url}/orders`, { method: "POST", body, headers });

const fail = (failures: object) =>
  fetch(`${control}/failures`, { method: "PUT", body: JSON.stringify(failures) });

describe("answers", () => {
  test("say who is alive and in which version", async () => {
    const response = await fetch(`${url}/`);
    expect(response.headers.get("x-aegis-replica")).toBe("app7");
    expect(response.headers.get("x-aegis-version")).toBe("v9");
    expect(await response.json()).toEqual({ alive: true, replica: "app7", version: "v9" });
  });

  test.each(["/ready", "/health", "/metrics"])("of %s say it too", async (path) => {
    const { headers } = await fetch(`${url}${path}`);
    expect([headers.get("x-aegis-replica"), headers.get("x-aegis-version")]).toEqual([
      "app7",
      "v9",
    ]);
  });

  test("name what is there when the path is not", async () => {
    const response = await fetch(`${url}/nope`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("GET /work?ms=");
    expect(response.headers.get("x-aegis-replica")).toBe("app7");
  });

  test("of /work take as long as asked, within bounds", async () => {
    const began = performance.now();
    expect((await fetch(`${url}/work?ms=150`)).status).toBe(200);
    expect(performance.now() - began).toBeGreaterThanOrEqual(149);
    expect((await fetch(`${url}/work?ms=5001`)).status).toBe(400);
    expect((await fetch(`${url}/work?ms=x`)).status).toBe(400);
  });

  test("of /metrics count the requests by status", async () => {
    await fetch(`${url}/`);
    await fetch(`${url}/nope`);
    await until("both are counted", async () => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return (
        text.includes('requests_total{status="200"} 1') &&
        text.includes('requests_total{status="404"} 1')
      );
    });
  });
});

describe("orders", () => {
  test("are in the log when they are answered, even if the app dies right then", async () => {
    for (let i = 0; i < 20; i++) expect((await order(`{"id":"o-${i}"}`)).status).toBe(201);
    app.child.kill("SIGKILL");
    await app.exited;
    expect(app.output.match(/^order o-\d+$/gm)?.length).toBe(20);
  });

  test("are named by the body or else by the request", async () => {
    expect(await (await order('{"id":"o-1"}', { "x-request-id": "r-1" })).json()).toMatchObject({
      id: "o-1",
    });
    expect(await (await order("", { "x-request-id": "r-2" })).json()).toMatchObject({ id: "r-2" });
    await until("the requests are logged", () =>
      app.output.includes("request r-2 POST /orders 201\n"),
    );
    expect(app.output).toContain("request r-1 POST /orders 201\n");
  });

  test.each([
    ["nonsense", "not JSON"],
    ['{"id":"two words"}', "expected"],
    ["{}", "expected"],
    [`{"id":"a\\norder b"}`, "expected"],
  ])("%s is none, and nothing is written", async (body, reason) => {
    const response = await order(body);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain(reason);
    expect(app.output).not.toContain("order ");
  });
});

describe("failure modes", () => {
  test("fail the share of requests that was asked for, and leave health alone", async () => {
    expect((await fail({ errorRate: 0.5 })).status).toBe(200);
    const statuses = [];
    for (let i = 0; i < 10; i++) statuses.push((await fetch(`${url}/`)).status);
    expect(statuses.filter((status) => status === 500).length).toBe(5);
    expect(await answersOk(`${url}/ready`)).toBe(true);
  });

  test("hang until they are switched off", async () => {
    await fail({ hang: true });
    const timeout = AbortSignal.timeout(300);
    await expect(fetch(`${url}/`, { signal: timeout })).rejects.toThrow("timeout");
    expect(await answersOk(`${url}/health`)).toBe(true);
    await fetch(`${control}/failures`, { method: "DELETE" });
    expect(await answersOk(`${url}/`)).toBe(true);
  });

  test("slow down and leak", async () => {
    await fail({ latencyMs: 100, leakBytesPerRequest: 1000 });
    const began = performance.now();
    await fetch(`${url}/`);
    expect(performance.now() - began).toBeGreaterThanOrEqual(99);
    expect(await (await fetch(`${url}/metrics`)).text()).toContain("leaked_bytes 1000");
  });

  test("are told, and unknown ones refused with those that are allowed", async () => {
    expect(await (await fetch(control)).json()).toMatchObject({ failures: { hang: false } });
    const response = await fail({ hangs: true });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: 'unknown failure "hangs"; allowed are errorRate, latencyMs, hang, leakBytesPerRequest',
      hint: 'did you mean "hang"?',
    });
  });
});

describe("the end", () => {
  test("by /crash is at once, with exit 1 and no answer", async () => {
    await expect(fetch(`${url}/crash`, { method: "POST" })).rejects.toThrow();
    await app.exited;
    expect(app.child.exitCode).toBe(1);
  });

  test("by SIGTERM: not ready, no new connections, those that are there are ended well, exit 0", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const answerTo = async (path: string): Promise<IncomingMessage> => {
      const [response] = await once(get(`${url}${path}`, { agent }), "response");
      await once(response.resume(), "end");
      return response;
    };
    expect((await answerTo("/")).headers.connection).toBe("keep-alive");
    const slow = fetch(`${url}/work?ms=1500`);
    await until("it is in flight", async () =>
      (await (await fetch(`${url}/metrics`)).text()).includes("requests_in_flight 1"),
    );
    app.child.kill("SIGTERM");
    await until("it is not ready", async () => (await answerTo("/ready")).statusCode === 503);
    await until("nobody is let in", async () => !(await letsIn()));
    const last = await answerTo("/");
    expect([last.statusCode, last.headers.connection]).toEqual([200, "close"]);
    await expect(answerTo("/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    expect(app.alive).toBe(true);
    expect((await slow).status).toBe(200);
    await app.exited;
    expect(app.child.exitCode).toBe(0);
    expect(app.output).toContain("GET /work 200");
  });

  test("by SIGTERM with a connection that nobody uses: it is kept to the end of the drain, and no longer", async () => {
    const idle = connect(Number(new URL(url).port), "127.0.0.1");
    const closed = once(idle, "close");
    await once(idle, "connect");
    const from = performance.now();
    app.child.kill("SIGTERM");
    await closed;
    expect(performance.now() - from).toBeGreaterThan(1900);
    await app.exited;
    expect(app.child.exitCode).toBe(0);
  });
});

async function letsIn(): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const isIn = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return isIn;
}
