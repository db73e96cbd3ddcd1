import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { parentPort, workerData } from "node:worker_threads";
import { AegisError, messageOf } from "../kit/errors.ts";
import type { Target } from "./connection.ts";
import type { TesterTraffic } from "./contract.ts";
import { Lane } from "./lane.ts";
import { Loop } from "./loop.ts";
import { masker } from "./mask.ts";
import type { FromWorker, ToWorker, WorkerInput } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { rehearse } from "./rehearsal.ts";
import { requestTemplate, urlOf } from "./template.ts";

/** Sockets of all traffics together, well below the limit of open files of common machines. */
const MOST_SOCKETS = 8000;

/** The entry of the tester's thread: builds the traffics, starts them, and stops when it is told to. */
async function run(input: WorkerInput): Promise<void> {
  const outbox = new Outbox(input.taken, (records, requests) =>
    post({ kind: "batch", records, requests }),
  );
  const loop = new Loop({
    lanes: lanesOf(input, outbox),
    epoch: input.epoch,
    outbox,
    onEnd: () => {
      post({ kind: "stopped" });
      parentPort?.close();
    },
  });
  await rehearse(input.traffic, rehearsalLength(input.traffic), input.bySource);
  const start = await loop.start(input.dist);
  // Before the answer: whoever hears that it has started may stop it at once.
  parentPort?.on("message", (message: ToWorker) => {
    if (message === "stop") loop.stop();
  });
  post({ kind: "started", at: start - input.epoch });
}

function lanesOf(input: WorkerInput, outbox: Outbox): { lane: Lane; precise: boolean }[] {
  const mask = masker(input.secrets);
  return input.traffic.map((traffic) => ({
    precise: traffic.precise,
    lane: new Lane({
      traffic,
      target: targetOf(traffic),
      template: requestTemplate(traffic, input.run),
      epoch: input.epoch,
      maxSockets: Math.floor(MOST_SOCKETS / input.traffic.length),
      bySource: input.bySource,
      mutant: input.mutant,
      mask,
      emit: (record) => outbox.record(record),
      onRequest: input.each ? (request) => outbox.request(request) : null,
    }),
  }));
}

/** Three seconds' worth: compiling pays off with the rate. A few hundred load all the code. */
function rehearsalLength(traffic: readonly TesterTraffic[]): number {
  const rate = traffic.reduce((sum, each) => sum + each.rate, 0);
  return Math.max(300, Math.min(6000, Math.round(3 * rate)));
}

function targetOf(traffic: TesterTraffic): Target {
  const url = urlOf(traffic);
  const secure = url.protocol === "https:";
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const port = url.port === "" ? { "http:": 80, "https:": 443 }[url.protocol] : Number(url.port);
  return {
    origin: url.origin,
    host: traffic.connect?.host ?? hostname,
    port: traffic.connect?.port ?? (port as number),
    tls: secure ? { hostname, context: secureContext(traffic) } : null,
  };
}

function secureContext({ name, ca }: TesterTraffic) {
  if (ca === null) return createSecureContext();
  try {
    return createSecureContext({ ca: readFileSync(ca) });
  } catch (error) {
    throw new AegisError(
      "ENVIRONMENT",
      `${name}: cannot use the CA in ${ca}: ${messageOf(error)}`,
      {
        hint: "give the path of a readable PEM file with the CA's certificate",
        cause: error,
      },
    );
  }
}

function post(message: FromWorker): void {
  parentPort?.postMessage(message);
}

run(workerData as WorkerInput).catch((error: unknown) => {
  // Ours: thrown as it is, so that the main thread gets its stack.
  if (!(error instanceof AegisError)) throw error;
  post({ kind: "refused", code: error.code, message: error.message, hint: error.hint ?? null });
  parentPort?.close();
});
