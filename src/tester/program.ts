import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { AegisError } from "../kit/errors.ts";
import { nowUs } from "./clock.ts";
import type { SettledRequest, Tester, TesterRecord, TesterTraffic } from "./contract.ts";
import type { FromProgram, ToProgram } from "./distance.ts";
import { createTester } from "./tester.ts";

/** Records leave this often. */
const FLUSH_MS = 100;
/** Beyond that much unread output, single requests and samples are left out. */
const MOST_UNREAD_BYTES = 8 * 2 ** 20;

/**
 * The entry of a tester that runs elsewhere (a container in the stack's network): the same tester, told what to do by
 * lines on standard input, its records as lines on standard output. It ends when its input does: whoever asked is gone.
 */
class TesterProgram {
  #tester: Tester | null = null;
  #records: TesterRecord[] = [];
  #requests: SettledRequest[] = [];

  async hear(line: string): Promise<void> {
    const message = messageIn(line);
    if (message === null) return;
    if (message.kind === "clock") say({ kind: "clock", now: nowUs() });
    else if (message.kind === "start") await this.#start(message);
    else await this.#stop();
  }

  async #start({
    options,
    each,
    authorities,
  }: Extract<ToProgram, { kind: "start" }>): Promise<void> {
    try {
      this.#tester = createTester({
        ...options,
        traffic: withAuthorities(options.traffic, authorities),
        dist: join(dirname(fileURLToPath(import.meta.url)), "..", ".."),
        onRecord: (record) => this.#keep(record),
        onRequest: each ? (request) => this.#keepRequest(request) : null,
      });
      const at = await this.#tester.start();
      say({ kind: "started", at });
      setInterval(() => this.#flush(), FLUSH_MS);
    } catch (thrown) {
      if (!(thrown instanceof AegisError)) throw thrown;
      say({
        kind: "refused",
        code: thrown.code,
        message: thrown.message,
        hint: thrown.hint ?? null,
      });
    }
  }

  async #stop(): Promise<void> {
    await this.#tester?.stop();
    this.#flush();
    say({ kind: "stopped" });
  }

  #keep(record: TesterRecord): void {
    if (record.type !== "sample" || !isBehind()) this.#records.push(record);
  }

  #keepRequest(request: SettledRequest): void {
    if (!isBehind()) this.#requests.push(request);
  }

  #flush(): void {
    if (this.#records.length === 0 && this.#requests.length === 0) return;
    say({ kind: "batch", records: this.#records, requests: this.#requests });
    this.#records = [];
    this.#requests = [];
  }
}

/** null: no message. What brings us our input may have put something in front of it. */
function messageIn(line: string): ToProgram | null {
  try {
    const value = JSON.parse(line) as ToProgram | null;
    return value !== null && typeof value === "object" && "kind" in value ? value : null;
  } catch {
    return null;
  }
}

/** Puts each certificate authority into a file of this machine. */
function withAuthorities(
  traffic: readonly TesterTraffic[],
  authorities: Readonly<Record<string, string>>,
): readonly TesterTraffic[] {
  return traffic.map((one) => {
    const text = one.ca === null ? undefined : authorities[one.ca];
    if (text === undefined) return one;
    const ca = join(mkdtempSync(join(tmpdir(), "aegis-ca-")), "ca.pem");
    writeFileSync(ca, text);
    return { ...one, ca };
  });
}

function isBehind(): boolean {
  return process.stdout.writableLength > MOST_UNREAD_BYTES;
}

function say(message: FromProgram): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const program = new TesterProgram();
const input = createInterface({ input: process.stdin });
const broken = (thrown: unknown): void => {
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  say({ kind: "broken", stack });
};
input.on("line", (line) => void program.hear(line).catch(broken));
input.once("close", () => process.exit(0));
process.stdout.on("error", () => process.exit(0));
// The first process of a container has no default for a signal that it does not handle.
process.once("SIGTERM", () => process.exit(0));
