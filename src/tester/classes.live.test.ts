import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttps } from "node:https";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { nowUs } from "./clock.ts";
import { Connection } from "./connection.ts";
import { Exchange } from "./exchange.ts";
import { requestTemplate } from "./template.ts";
import { answer, httpServer, listen, sendTo, tcpServer } from "./test-servers.ts";
import { TEST_CA, TEST_CERTIFICATE, TEST_KEY } from "./tls-fixture.ts";
import { localTraffic, ofType } from "./trial.ts";

describe("each way to fail has its class", () => {
  test("none: the answer is as expected", async () => {
    const { sent, ok, errors } = await sendTo(await httpServer((_, answer) => answer.end("alive")));
    expect(errors).toEqual({});
    expect(ok).toBe(sent);
    expect(sent).toBeGreaterThanOrEqual(10);
  });

  test("refused: nobody listens there", async () => {
    const port = await unusedPort();
    const outcome = await sendTo(port);
    expect(outcome.errors).toEqual({ refused: outcome.sent });
    expect(ofType(outcome, "sample")[0]?.detail).toContain("ECONNREFUSED");
  });

  test("dns: the name cannot be resolved", async () => {
    const { sent, errors } = await sendTo(80, { url: "http://no..name/", timeoutMs: 5000 });
    expect(errors).toEqual({ dns: sent });
  });

  test("unreachable: there is no way to the address", async () => {
    const { sent, errors } = await sendTo(80, { connect: { host: "255.255.255.255", port: 9 } });
    expect(errors).toEqual({ unreachable: sent });
  });

  test("tls: the certificate is not trusted", async () => {
    const port = await httpsServer();
    const { sent, errors } = await sendTo(port, { url: `https://localhost:${port}/` });
    expect(errors).toEqual({ tls: sent });
  });

  test("reset: the connection dies before a byte of the answer", async () => {
    const port = await tcpServer((socket) => socket.resetAndDestroy());
    const { sent, errors } = await sendTo(port);
    expect(errors).toEqual({ reset: sent });
  });

  test("reset, not stale: a reused connection dies after its request was read", async () => {
    const port = await tcpServer((socket, nth) => {
      if (nth === 1) socket.write(answer("one"));
      else socket.destroy();
    });
    const { sent, ok, errors } = await sendTo(port, { rate: 100 });
    expect(errors).toEqual({ reset: sent - ok });
    expect(errors.reset).toBeGreaterThan(3);
  });

  test("timeout: no answer by the deadline", async () => {
    const { sent, errors } = await sendTo(await httpServer(() => undefined), { timeoutMs: 300 });
    expect(errors).toEqual({ timeout: sent });
  });

  test("status: another than accepted", async () => {
    const port = await httpServer((_, response) => response.writeHead(503).end("no"));
    const outcome = await sendTo(port);
    expect(outcome.errors).toEqual({ status: outcome.sent });
    expect(ofType(outcome, "sample")[0]).toMatchObject({ status: 503, detail: "status 503" });
  });

  test("body: the wanted text is missing", async () => {
    const port = await httpServer((_, response) => response.end("nothing of that"));
    const expectation = { status: [{ from: 200, to: 200 }], body: "alive" };
    const { sent, errors } = await sendTo(port, { expect: expectation });
    expect(errors).toEqual({ body: sent });
  });

  test("none: the wanted text comes in two pieces", async () => {
    const port = await httpServer((_, response) => {
      response.write("it is al");
      setTimeout(() => response.end("ive and well"), 20);
    });
    const expectation = { status: [{ from: 200, to: 200 }], body: "alive" };
    const { sent, ok } = await sendTo(port, { expect: expectation });
    expect(ok).toBe(sent);
  });

  test.each([
    ["with its length announced", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"],
    ["in chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
    ["in its head", "HTTP/1.1 200 OK\r\nx-he"],
  ])("cut: the answer ends in the middle, %s", async (_, half) => {
    const port = await tcpServer((socket) => socket.end(half));
    const { sent, errors } = await sendTo(port);
    expect(errors).toEqual({ cut: sent });
  });

  test("protocol: the answer is not HTTP", async () => {
    const port = await tcpServer((socket) => socket.write("220 mail.example ESMTP\r\n"));
    const { sent, errors } = await sendTo(port);
    expect(errors).toEqual({ protocol: sent });
  });
});

test("stale: the peer closes a reused connection in the moment before the request is written", async () => {
  let peer: Socket | undefined;
  const port = await tcpServer((socket) => {
    peer = socket;
    socket.write(answer("one"));
  });
  const template = requestTemplate(localTraffic(port), "run");
  const connection = await opened(port);
  const first = exchange();
  connection.send(first.exchange, template);
  await first.settled;
  const second = exchange();
  await new Promise<void>((resolve) => setImmediate(resolve));
  // The client writes in its next immediate: this one comes just before.
  setImmediate(() => peer?.destroy());
  connection.send(second.exchange, template);
  await second.settled;
  expect([first.exchange.ending, second.exchange.ending]).toEqual(["ok", "stale"]);
});

test("a server that closes kept-alive connections without saying so causes no phantom errors", async () => {
  const closed = new Set<Socket>();
  let tooLate = 0;
  const port = await tcpServer((socket, nth) => {
    // Where the server itself was held up, a request may have reached a connection that it had closed: no phantom.
    if (closed.has(socket)) {
      tooLate += 1;
      return;
    }
    socket.write(answer("ok"));
    if (nth % 3 !== 0) return;
    closed.add(socket);
    socket.end();
  });
  const { sent, ok, errors } = await sendTo(port, { rate: 500, timeoutMs: 2000 }, { ms: 1000 });
  const failed = Object.values(errors).reduce((sum, count) => sum + count, 0);
  expect(failed).toBeLessThanOrEqual(tooLate);
  expect(ok).toBe(sent - failed);
});

test("TLS with a CA of one's own is accepted, for the name in the URL wherever it connects", async () => {
  const port = await httpsServer();
  const directory = mkdtempSync(join(tmpdir(), "aegis-ca-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const ca = join(directory, "ca.pem");
  writeFileSync(ca, TEST_CA);
  const connect = { host: "127.0.0.1", port };
  const good = await sendTo(port, { url: "https://shop.test/", connect, ca, fresh: 0.5 });
  expect(good.ok).toBe(good.sent);
  const wrong = await sendTo(port, { url: "https://other.test/", connect, ca });
  expect(wrong.errors).toEqual({ tls: wrong.sent });
});

test("a CA file that cannot be read is refused at the start, with its path", async () => {
  const port = await httpsServer();
  const changes = { url: `https://localhost:${port}/`, ca: "/no/such/ca.pem" };
  await expect(sendTo(port, changes)).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: expect.stringContaining("/no/such/ca.pem"),
  });
});

function httpsServer(): Promise<number> {
  const options = { cert: TEST_CERTIFICATE, key: TEST_KEY };
  const server = createHttps(options, (_, response) => response.end("alive"));
  return listen(server);
}

/** A port that was free a moment ago. */
async function unusedPort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function opened(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    new Connection(
      { origin: `http://127.0.0.1:${port}`, host: "127.0.0.1", port, tls: null },
      {
        onOpen: resolve,
        onFailed: (_, error) => reject(error),
        onFree: () => undefined,
        onClosed: () => undefined,
      },
    );
  });
}

function exchange() {
  let done: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    done = resolve;
  });
  const rules = {
    expect: { status: [{ from: 200, to: 200 }], body: null },
    timeout: 5e6,
    identify: { replica: null, version: null },
    clockFromWrite: false,
    onSettled: () => done(),
    onReturned: () => done(),
  };
  return { exchange: new Exchange(rules, 0, nowUs(), nowUs(), false), settled };
}
