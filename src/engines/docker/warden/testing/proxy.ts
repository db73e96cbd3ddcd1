import { createServer, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";

/** A Docker socket in front of the real one. */
export interface DockerProxy {
  /** Answers every call with 503 from now on, or no longer. */
  setAway(is: boolean): void;
  close(): Promise<void>;
}

export interface ProxyOptions {
  readonly socketPath: string;
  /** The real one. */
  readonly target: string;
  /** Answers with 403, as an authorization plugin does: these words, or null to let it pass. */
  readonly forbids?: (path: string, body: string) => string | null;
}

export async function startDockerProxy(options: ProxyOptions): Promise<DockerProxy> {
  const { socketPath, target, forbids = () => null } = options;
  let isAway = false;
  const sockets = new Set<Socket>();
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const { method, url: path = "/", headers } = incoming;
    const forbidden = forbids(path, body.toString());
    if (isAway || forbidden !== null) {
      outgoing.writeHead(isAway ? 503 : 403, { "content-type": "application/json" });
      outgoing.end(JSON.stringify({ message: forbidden ?? "away" }));
      return;
    }
    const asked = request({ socketPath: target, method, path, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    asked.on("error", () => outgoing.destroy());
    asked.end(body);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (incoming, socket, head) => {
    const through = connect(target);
    const headers = incoming.rawHeaders
      .map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`))
      .join("");
    through.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers}\r\n`);
    through.pipe(socket);
    const passOn = (): void => {
      through.write(head);
      socket.pipe(through);
    };
    // The body of a request to attach comes when the daemon has taken its head for the whole: it has answered.
    if (/\/attach\?/.test(incoming.url ?? "")) through.once("data", passOn);
    else passOn();
    through.on("error", () => socket.destroy());
    socket.on("error", () => through.destroy());
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    setAway: (is) => {
      isAway = is;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
