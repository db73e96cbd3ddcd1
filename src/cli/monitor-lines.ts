import { STATUS_CODES } from "node:http";
import { formatDuration } from "../kit/units.ts";
import type { Paper, Tone } from "../report/paper.ts";
import { pad, shorten } from "../report/text-width.ts";
import type { SettledRequest } from "../tester/contract.ts";
import type { MonitorSecond } from "./monitor-seconds.ts";

/** A sparkline's lowest level, µs; each level above stands for three times more. */
const LOWEST_US = 500;
const STEP = 3;

/** `14:16:15  ok       20/s  p50 1.2ms  p99 3.4ms  ▁▁▂▁▁▂▁▁▁▁  v1 60% v2 40%`, cut to the width of the paper. */
export function secondLine(paper: Paper, second: MonitorSecond, at: Date): string {
  const [word, tone] = statusOf(second);
  const start = `${clockTime(at)}  `;
  const status = pad(word, 7);
  const rest = [
    pad(`${second.sent}/s`, 6, "end"),
    pad(`p50 ${latency(second.p50)}`, 10),
    pad(`p99 ${latency(second.p99)}`, 10),
    sparkline(paper, second),
    second.errors.map(([name, count]) => `${name} ${count}`).join(" "),
    second.dropped > 0 ? `not sent ${second.dropped}` : "",
    versionMix(second),
  ].filter((part) => part !== "");
  const room = paper.width - start.length - status.length - 2;
  const text = shorten(rest.join("  ").trimEnd(), room, paper.signs.ellipsis);
  return `${start}${paper.paint(tone, status)}  ${text}`;
}

/** `200 OK 12ms app2 v1`, or `timeout 1s`, `503 Service Unavailable 2ms app2 v1`. */
export function requestLine(paper: Paper, request: SettledRequest): string {
  const { status, tookUs, replica, version } = request;
  const answer = status === null ? "" : `${status} ${STATUS_CODES[status] ?? ""}`.trim();
  const failure = request.ok || request.class === "status" ? "" : (request.class ?? "failed");
  const words = [answer, failure, formatDuration(tookUs / 1000), replica, version];
  return paper.paint(request.ok ? "plain" : "bad", words.filter(Boolean).join(" "));
}

/** Local time of day, `14:16:15`. */
export function clockTime(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

function statusOf({ sent, ok }: MonitorSecond): [string, Tone] {
  if (ok === sent) return ["ok", "good"];
  return ok === 0 ? ["DOWN", "bad"] : ["FAILING", "doubt"];
}

function latency(us: number): string {
  return Number.isNaN(us) ? "-" : formatDuration(us / 1000);
}

function versionMix({ versions }: MonitorSecond): string {
  const all = versions.reduce((sum, [, count]) => sum + count, 0);
  if (versions.length === 1) return (versions[0] as readonly [string, number])[0];
  return versions.map(([name, count]) => `${name} ${Math.round((count / all) * 100)}%`).join(" ");
}

/** A column per tenth of a second: its slowest answer on a logarithmic scale, or a sign of failure. */
function sparkline({ signs }: Paper, { tenths }: MonitorSecond): string {
  return tenths
    .map((tenth) => {
      if (tenth === null) return " ";
      if (tenth === "failed") return signs.fail;
      const level = Math.round(Math.log(Math.max(tenth, LOWEST_US) / LOWEST_US) / Math.log(STEP));
      return signs.levels[Math.min(level, signs.levels.length - 1)] as string;
    })
    .join("");
}
