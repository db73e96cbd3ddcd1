import { openSync, writeSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { argv, exit, stdin } from "node:process";
import { nowUs } from "./clock.ts";

const ANSWER = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nalive\n";

/**
 * The server of the self-test, a process of its own so that it can be frozen and killed: `PORT LOGFILE BACKLOG`.
 * It notes by itself, in a file that survives its death, when it listens (`listening`), gets a request (`got`) and has
 * handed the answer to the system (`answered`), each with its µs on the machine's monotonic clock.
 * As little as possible above the socket: its own slowness must not pass for the tester's.
 */
function serve(port: number, logFile: string, backlog: number): void {
  const log = openSync(logFile, "a");
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => undefined);
    // The tester sends one request at a time on a connection, in one piece.
    socket.on("data", (request) => {
      const got = nowUs();
      const id = /x-request-id: (\S+)/.exec(String(request))?.[1];
      socket.write(ANSWER);
      writeSync(log, `got ${got} ${id}\nanswered ${nowUs()} ${id}\n`);
    });
  });
  server.listen({ port, host: "127.0.0.1", backlog }, () => {
    writeSync(log, `listening ${nowUs()} -\n`);
    writeSync(1, `${(server.address() as AddressInfo).port}\n`);
  });
  // Whoever started it holds the other end.
  stdin.on("end", () => exit(0)).resume();
}

serve(Number(argv[2]), String(argv[3]), Number(argv[4]));
