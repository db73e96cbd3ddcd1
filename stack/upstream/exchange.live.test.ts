import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Cleanup } from "../testing/cleanup.ts";
import { answersOk, freePort, startRole, until } from "../testing/testbed.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** A member that does what a test wants. */
async function member(answer: Answer): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === "/ready") response.end();
    else answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup.add(() => vanish(server));
  return server;
}

/** Nobody listens on its port any more. */
async function vanish(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

interface Stand {
  readonly url: string;
  readonly members: readonly Server[];
  metrics(): Promise<string>;
}

/** A balancer before members m1, m2, ...: all passed their first health check, and there is none at an interval. */
async function balancer(...answers: Answer[]): Promise<Stand> {
  const members = await Promise.all(answers.map(member));
  const ports = members.map((server) => (server.address() as AddressInfo).port);
  const port = await freePort();
  const role = startRole(process.execPath, "balancer", {
    PORT: String(port),
    MEMBERS: ports.map((each, index) => `m${index + 1}=127.0.0.1:${each}`).join(","),
    HEALTH_INTERVAL_MS: "600000",
    HEALTH_TIMEOUT_MS: "30000",
    RESPONSE_TIMEOUT_MS: "1500",
  });
  cleanup.add(async () => {
    role.child.kill("SIGKILL");
    await role.exited;
  });
  const url = `http://127.0.0.1:${port}`;
  await until("the balancer is up", () => answersOk(`${url}/-/health`));
  const metrics = async () => (await fetch(`${url}/-/metrics`)).text();
  await until("all are checked", async () => {
    const text = await metrics();
    return answers.every((_, index) => text.includes(`_ready{member="m${index + 1}"} 1`));
  });
  return { url, members, metrics };
}

const ok: Answer = (_request, response) => response.end("ok");
const reset: Answer = (request) => request.socket.resetAndDestroy();
const silent: Answer = () => undefined;

describe("a further try", () => {
  test("is made for a GET whose member resets the connection", async () => {
    const { url } = await balancer(reset, reset, ok);
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-aegis-upstream")).toBe("m3");
    expect(response.headers.get("x-aegis-retries")).toBe("2");
  });

  test("is not made for a POST that was sent", async () => {
    let posts = 0;
    const count: Answer = (request) => {
      posts += 1;
      reset(request, null as never);
    };
    const { url } = await balancer(count, count);
    const response = await fetch(url, { method: "POST", body: "x" });
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/^m\d: reset\n$/);
    expect(posts).toBe(1);
  });

  test("is made for a POST that nobody took, with its whole body, however large", async () => {
    const body = randomBytes(300_000);
    const echo: Answer = (request, response) => request.pipe(response);
    const { url, members } = await balancer(ok, ok, echo);
    for (const server of members.slice(0, 2)) await vanish(server);
    const response = await fetch(url, { method: "POST", body });
    expect(response.headers.get("x-aegis-retries")).toBe("2");
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  });

  test("repeats a PUT with its body when it is small, and not when it is large", async () => {
    const echo: Answer = (request, response) => request.pipe(response);
    const readThenReset: Answer = (request) =>
      request.resume().on("end", () => request.socket.resetAndDestroy());
    const { url, metrics } = await balancer(readThenReset, echo);
    const put = async (body: string) => {
      await until("all are in", async () => !(await metrics()).includes('_in{member="m1"} 0'));
      const response = await fetch(url, { method: "PUT", body });
      return `${response.status} ${(await response.text()).length}`;
    };
    const small = [await put("small"), await put("small")];
    expect(small).toEqual(["200 5", "200 5"]);
    const large = [await put("x".repeat(300_000)), await put("x".repeat(300_000))];
    expect(large.sort()).toEqual(["200 300000", "502 10"]);
  });

  test("joins a silent first one, and the first answer wins", async () => {
    const { url } = await balancer(silent, ok);
    for (let i = 0; i < 3; i++) expect(await (await fetch(url)).text()).toBe("ok");
  });

  test("does not throw a slow answer away", async () => {
    const slow: Answer = (_request, response) => setTimeout(() => response.end("slow"), 900);
    const { url } = await balancer(slow, silent);
    expect(await (await fetch(url)).text()).toBe("slow");
  });
});

describe("no answer", () => {
  test("at all in time is a 504 that names who was silent", async () => {
    const { url } = await balancer(silent, silent);
    const get = await fetch(url);
    expect(get.status).toBe(504);
    expect(await get.text()).toMatch(/m1: timeout.*m2: timeout|m2: timeout.*m1: timeout/);
    expect((await fetch(url, { method: "POST", body: "x" })).status).toBe(504);
  });

  test("from anybody is a 502 that names why", async () => {
    const { url, members } = await balancer(ok, ok);
    for (const server of members) await vanish(server);
    const response = await fetch(url);
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/^m\d: refused, m\d: refused\n$/);
  });

  test("to the end cuts the connection: half a body is never passed off as a whole one", async () => {
    const half: Answer = (request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
      setTimeout(() => request.socket.destroy(), 50);
    };
    const { url } = await balancer(half);
    const response = await fetch(url);
    await expect(response.text()).rejects.toThrow();
  });
});

describe("what is forwarded", () => {
  test("is streamed: megabytes pass unchanged both ways", async () => {
    const hash = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
    const body = randomBytes(8_000_000);
    const echo: Answer = (request, response) => request.pipe(response);
    const { url } = await balancer(echo);
    const response = await fetch(url, { method: "POST", body });
    expect(hash(new Uint8Array(await response.arrayBuffer()))).toBe(hash(body));
  });

  test("keeps method, path, query, host and headers, and tells the client's address", async () => {
    let seen: IncomingMessage | undefined;
    const { url } = await balancer((request, response) => {
      seen = request;
      response.setHeader("set-cookie", ["a=1", "b=2"]);
      response.writeHead(207, "Odd").end();
    });
    const response = await fetch(`${url}/a/b?c=d%20e`, {
      method: "OPTIONS",
      headers: { "x-request-id": "r1" },
    });
    expect(response.status).toBe(207);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(seen).toMatchObject({ method: "OPTIONS", url: "/a/b?c=d%20e" });
    expect(seen?.headers).toMatchObject({
      host: new URL(url).host,
      "x-request-id": "r1",
      "x-forwarded-for": "127.0.0.1",
    });
  });

  test("answers HEAD and 304 without a body and keeps the connection usable", async () => {
    const { url } = await balancer((request, response) => {
      response.writeHead(request.method === "HEAD" ? 200 : 304, { "content-length": "42" }).end();
    });
    const head = await fetch(url, { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe("42");
    expect((await fetch(url)).status).toBe(304);
    expect((await fetch(url)).status).toBe(304);
  });

  test("is given up when the client leaves, which is no fault of the member", async () => {
    let left = false;
    const { url, metrics } = await balancer((_request, response) => {
      response.once("close", () => {
        left = true;
      });
    });
    const controller = new AbortController();
    const gone = fetch(url, { method: "POST", body: "x", signal: controller.signal });
    await until("it is in flight", async () => (await metrics()).includes("in_flight 1"));
    controller.abort();
    await expect(gone).rejects.toThrow();
    await until("the member is told", () => left);
    expect(await metrics()).toContain('upstream_member_in{member="m1"} 1');
    expect(await metrics()).not.toContain("upstream_failures_total{");
  });

  test("is never a target that is no path", async () => {
    const { url } = await balancer(ok);
    const { port } = new URL(url);
    const outgoing = request({ host: "127.0.0.1", port, path: "http://elsewhere/", method: "GET" });
    outgoing.end();
    const [response] = (await once(outgoing, "response")) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(400);
  });
});
