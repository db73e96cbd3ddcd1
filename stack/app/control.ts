import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { AegisError, messageOf } from "../../src/kit/errors.ts";
import type { Host } from "../host.ts";
import { answerJson, listen } from "../service.ts";
import { readText } from "./body.ts";
import { type Failures, parseFailures } from "./failures.ts";

/** The switch of the failure modes: what is on now, and who may change it. */
export interface FailureSwitch {
  get(): Failures;
  set(failures: Failures): void;
  /** Back to those that it was started with. */
  reset(): void;
}

/** Serves `GET /`, `PUT /failures` and `DELETE /failures` on PORT_CONTROL; nothing when that is not set. */
export async function startControl(host: Host, control: FailureSwitch): Promise<void> {
  if (!host.env["PORT_CONTROL"]) return;
  const server = createServer((request, response) => {
    answer(control, request, response).catch((error: unknown) => {
      if (!(error instanceof AegisError)) throw error;
      answerJson(response, 400, { error: messageOf(error), hint: error.hint });
    });
  });
  await listen(server, host, { role: "control", variable: "PORT_CONTROL", fallback: 0 });
}

async function answer(
  control: FailureSwitch,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (`${request.method} ${request.url}`) {
    case "GET /":
      break;
    case "PUT /failures":
      control.set(parseFailures(await readText(request)));
      break;
    case "DELETE /failures":
      control.reset();
      break;
    default:
      answerJson(response, 404, {
        error: "here are: GET /, PUT /failures, DELETE /failures",
      });
      return;
  }
  answerJson(response, 200, { failures: control.get() });
}
