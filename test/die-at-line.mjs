/*
 * Loaded into aegis (NODE_OPTIONS=--import) by the kill -9 rig. Sees every line that goes to a journal or a ledger.
 * E2E_LINES=FILE      notes the kind of each line there
 * E2E_DIE_AT=KIND     SIGKILL at the first line of that kind; `before KIND`: instead of writing it
 * E2E_DIE_NTH=N       at the Nth of them, in place of the first
 * A kind is what a line is about, without its numbers: `journal injection pause applied`, `ledger prepared kill`,
 * `journal note rollout gate`.
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";
import { isMainThread } from "node:worker_threads";

const { E2E_LINES: log, E2E_DIE_AT: dieAt, E2E_DIE_NTH: nth = "1" } = process.env;
let toGo = Number(nth);
for (const name of ["NODE_OPTIONS", "E2E_LINES", "E2E_DIE_AT", "E2E_DIE_NTH"])
  delete process.env[name];
if (isMainThread && process.argv[1]?.endsWith("aegis.js")) watch();

function watch() {
  const { write, writev, writeSync, writeFileSync, appendFileSync } = fs;
  const around = (data, doWrite) => {
    const kinds = kindsIn(data);
    if (log !== undefined && kinds.length > 0) appendFileSync(log, `${kinds.join("\n")}\n`);
    if (kinds.some((kind) => dieAt === `before ${kind}`)) die();
    toGo -= kinds.filter((kind) => kind === dieAt).length;
    return doWrite(() => kinds.includes(dieAt) && toGo <= 0 && die());
  };
  const withCallback =
    (original) =>
    (fd, data, ...rest) =>
      around(data, (then) => {
        const done = rest.pop();
        return original.call(fs, fd, data, ...rest, (...results) => {
          then();
          done(...results);
        });
      });
  const synchronous =
    (original) =>
    (target, data, ...rest) =>
      around(data, (then) => {
        const result = original.call(fs, target, data, ...rest);
        then();
        return result;
      });
  fs.write = withCallback(write);
  fs.writev = withCallback(writev);
  fs.writeSync = synchronous(writeSync);
  fs.writeFileSync = synchronous(writeFileSync);
  syncBuiltinESMExports();
}

function die() {
  process.kill(process.pid, "SIGKILL");
}

function kindsIn(data) {
  const chunks = Array.isArray(data) ? data : [data];
  const text = chunks.map((chunk) => Buffer.from(chunk).toString("utf8")).join("");
  return text.split("\n").flatMap((line) => (line.startsWith("{") ? kindOf(line) : []));
}

/** Other files are none of ours. */
function kindOf(line) {
  let value;
  try {
    value = JSON.parse(line);
  } catch {
    return [];
  }
  if (value.op !== undefined) return [`ledger ${value.op}${value.kind ? ` ${value.kind}` : ""}`];
  if (value.journal !== undefined) return ["journal header"];
  if (value.type === undefined || value.t === undefined) return [];
  const { type, phase, kind, stage, event, facts } = value;
  const words = ["journal", type, phase ?? kind ?? event?.type, stage];
  if (type === "note") words.push(facts?.stage);
  return [words.filter(Boolean).join(" ")];
}
