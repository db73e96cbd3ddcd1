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

test("a supervisor that is leaving is known as such", async () => {
  const { connection, say } = await converse();
  expect(connection.isLeaving).toBe(false);
  say({ leaving: true });
  await vi.waitFor(() => expect(connection.isLeaving).toBe(true), PATIENCE);
  expect(connection.isOpen).toBe(true);
});
