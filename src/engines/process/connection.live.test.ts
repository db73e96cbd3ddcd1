import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type Connection, openConnection } from "./connection.ts";
import { type Reply, readMessages, writeMessage } from "./protocol.ts";
import { PATIENCE, temporaryDirectory } from "./testing/project.ts";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A supervisor that only says what the test says, and a client of it. */
async function converse() {
  const heard: unknown[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    readMessages(socket, (message) => heard.push(message));
    socket.on("error", () => undefined);
  });
  const path = join(temporaryDirectory(), "socket");
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const connection = (await openConnection(path, "shop")) as Connection;
  closers.push(() => {
    connection.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await vi.waitFor(() => expect(sockets).toHaveLength(1), PATIENCE);
  return { connection, heard, say: (reply: Reply) => writeMessage(sockets[0] as Socket, reply) };
}

const silent = {
  code: "ENVIRONMENT",
  message: expect.stringContaining("the supervisor of project shop does not answer"),
};

test("a call that is not answered in time is cancelled and rejects, and the next one can be", async () => {
  const { connection, heard, say } = await converse();
  await expect(connection.call("isUp", null, { limitMs: 50 })).rejects.toMatchObject(silent);
  await vi.waitFor(() => expect(heard).toContainEqual({ id: 1, cancel: true }), PATIENCE);
  const next = connection.call("isUp", null);
  say({ id: 1, result: false });
  say({ id: 2, result: true });
  expect(await next).toBe(true);
});

test("a call without a limit waits on, and one that is told of progress does so, too", async () => {
  const { connection, say } = await converse();
  const first = connection.call("isUp", null, { limitMs: 400 });
  const patient = connection.call("isUp", null, { limitMs: null });
  const items: unknown[] = [];
  const onItem = (item: unknown): void => void items.push(item);
  const stack = { project: "shop", file: null, directory: "/", profiles: [], replicas: [] };
  const params = { stack, timeoutMs: 1 };
  let isOver = false;
  const busy = connection.call("up", params, { onItem, limitMs: 400 });
  const telling = setInterval(() => say({ id: 3, item: "a step" }), 20);
  closers.push(() => clearInterval(telling));
  void busy.finally(() => {
    isOver = true;
  });
  await expect(first).rejects.toMatchObject(silent);
  const told = items.length;
  await vi.waitFor(() => expect(items.length).toBeGreaterThan(told), PATIENCE);
  expect(isOver).toBe(false);
  say({ id: 3, result: null });
  say({ id: 2, result: true });
  expect([await busy, await patient]).toEqual([null, true]);
});

test("a supervisor that is leaving is known as such", async () => {
  const { connection, say } = await converse();
  expect(connection.isLeaving).toBe(false);
  say({ leaving: true });
  await vi.waitFor(() => expect(connection.isLeaving).toBe(true), PATIENCE);
  expect(connection.isOpen).toBe(true);
});
