import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { argv, exit, stdin } from "node:process";
import { nowUs } from "./clock.ts";

/**
 * The server of the self-test, a process of its own so that it can be frozen and killed: `PORT LOGFILE BACKLOG`.
 * It notes by itself, in a file that survives its death, when it listens (`listening`), gets a request (`got`) and has
 * handed the answer to the system (`answered`), each with its µs on the machine's monotonic clock.
 */
function serve(port: number, logFile: string, backlog: number): void {
  const log = openSync(logFile, "a");
  const note = (event: string, id: string) => writeSync(log, `${event} ${nowUs()} ${id}\n`);
  const server = createServer((request, response) => {
    const id = String(request.headers["x-request-id"]);
    note("got", id);
    response.on("finish", () => note("answered", id));
    response.end("alive\n");
  });
  server.listen({ port, host: "127.0.0.1", backlog }, () => {
    note("listening", "-");
    writeSync(1, `${(server.address() as AddressInfo).port}\n`);
  });
  // Whoever started it holds the other end.
  stdin.on("end", () => exit(0)).resume();
}

serve(Number(argv[2]), String(argv[3]), Number(argv[4]));
