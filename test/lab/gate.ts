import { chmodSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A second way to the Docker daemon, which can be closed for a while, as when the daemon restarts. */
export interface Gate {
  /** For DOCKER_HOST. */
  readonly url: string;
  /** Cuts every connection, and lets no other one through. */
  shut(): void;
  open(): void;
  /** For good. */
  close(): Promise<void>;
}

const DAEMON = "/var/run/docker.sock";

/** Opens a gate at a path that is free, for us alone. */
export async function openGate(path: string): Promise<Gate> {
  const { server: _, ...gate } = await open((one, isOpen) => one.listen(path, isOpen));
  chmodSync(path, 0o600);
  return { ...gate, url: `unix://${path}` };
}

/** Opens a gate at a free port of an address of this machine: a daemon that seems to be on another one. */
export async function openGateAt(host: string): Promise<Gate> {
  const { server, ...gate } = await open((one, isOpen) => one.listen(0, host, isOpen));
  return { ...gate, url: `tcp://${host}:${(server.address() as AddressInfo).port}` };
}

async function open(listen: (server: Server, isOpen: () => void) => void) {
  const sockets = new Set<Socket>();
  let isShut = false;
  const take = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    take(client);
    if (isShut) {
      client.destroy();
      return;
    }
    const daemon = connect({ path: DAEMON, allowHalfOpen: true });
    take(daemon);
    client.pipe(daemon).pipe(client);
    client.on("close", () => daemon.destroy());
    daemon.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => listen(server, resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    server,
    shut: () => {
      isShut = true;
      cut();
    },
    open: () => {
      isShut = false;
    },
    close: () => {
      cut();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
