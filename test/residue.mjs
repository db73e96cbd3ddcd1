#!/usr/bin/env node
/*
 * What is left on this machine of everything that was started with a mark in its environment? Knows nothing of aegis:
 * it reads /proc, and compares what it saw before with what it sees after.
 *
 *   residue.mjs look VARIABLE=VALUE SEEN.json            prints what runs, as JSON
 *   residue.mjs same BEFORE.json SECONDS SEEN.json FILE...
 *     waits until it is as before, and no FILE is there; else prints how not, and exits 1
 *
 * A process belongs to it when it carries the mark, or is a descendant of one that does. SEEN.json is an earlier look
 * (- for none): of those even an orphan that carries no mark (and whose parent has died) is found again, by pid and start time.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const [, , task, ...rest] = process.argv;
if (task === "look") {
  const [mark, seen] = rest;
  process.stdout.write(`${JSON.stringify(look(mark, seenIn(seen)))}\n`);
} else if (task === "same") {
  const [before, seconds, seen, ...absent] = rest;
  await same(JSON.parse(readFileSync(before, "utf8")), Number(seconds), seenIn(seen), absent);
} else {
  throw new Error("look or same?");
}

async function same(before, seconds, seen, absent) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const after = look(before.mark, seen);
    const files = absent.filter((file) => existsSync(file)).map((file) => `too much: ${file}`);
    const differences = [...compare(before, after), ...files];
    if (differences.length === 0) return;
    if (Date.now() > deadline) {
      process.stdout.write(`${differences.join("\n")}\n`);
      process.exitCode = 1;
      return;
    }
    await sleep(250);
  }
}

function seenIn(path) {
  return path === "-" ? [] : JSON.parse(readFileSync(path, "utf8")).processes;
}

function look(mark, seen) {
  const all = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? read(name) : []));
  const ours = new Map();
  for (const one of all) {
    const known = seen.some(({ pid, start }) => pid === one.pid && start === one.start);
    if (one.pid !== process.pid && (known || one.environment.includes(mark)))
      ours.set(one.pid, one);
  }
  for (let size = -1; size !== ours.size; ) {
    size = ours.size;
    for (const one of all) if (ours.has(one.parent)) ours.set(one.pid, one);
  }
  ours.delete(process.pid);
  const ports = listeningPorts();
  const processes = [...ours.values()].map(({ environment: _, ...one }) => ({
    ...one,
    ports: portsOf(one.pid, ports),
    isRoot: !ours.has(one.parent),
  }));
  return { mark, processes };
}

/** proc_pid_stat(5): the name stands in parentheses and may hold anything; then state, parent, ..., start time (22nd). */
function read(name) {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state, parent] = fields;
    if ("ZX".includes(state)) return [];
    return [
      {
        pid: Number(name),
        parent: Number(parent),
        start: fields[19],
        stopped: "tT".includes(state),
        command: readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").join(" ").trim(),
        environment: environmentOf(name),
      },
    ];
  } catch {
    return [];
  }
}

/** Of another user's process it cannot be read. */
function environmentOf(name) {
  try {
    return readFileSync(`/proc/${name}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

/** proc_net_tcp(5): inode -> port of every listening socket. */
function listeningPorts() {
  const rows = ["tcp", "tcp6"].flatMap((file) => {
    try {
      return readFileSync(`/proc/net/${file}`, "utf8").split("\n").slice(1);
    } catch {
      return [];
    }
  });
  const ports = new Map();
  for (const row of rows) {
    const fields = row.trim().split(/\s+/);
    if (fields[3] === "0A") ports.set(fields[9], parseInt(fields[1].split(":")[1], 16));
  }
  return ports;
}

function portsOf(pid, ports) {
  try {
    const inodes = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => inodeOf(`/proc/${pid}/fd/${fd}`));
    return inodes.flatMap((inode) => ports.get(inode) ?? []).sort((a, b) => a - b);
  } catch {
    return [];
  }
}

function inodeOf(path) {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(path))?.slice(1) ?? [];
  } catch {
    return [];
  }
}

/** The roots must be the very same processes; below them as many of each command, with the same ports, none stopped. */
function compare(before, after) {
  const wanted = before.processes.map(describe);
  const extra = [];
  for (const one of after.processes) {
    const text = describe(one);
    const at = wanted.indexOf(text);
    if (at === -1) extra.push(`too much: ${text} (pid ${one.pid})`);
    else wanted.splice(at, 1);
  }
  return [...extra, ...wanted.map((text) => `missing: ${text}`)];
}

function describe({ pid, start, isRoot, command, ports, stopped }) {
  const who = isRoot ? `process ${pid} of ${start}: ` : "";
  return `${who}${command}, listening on [${ports.join(", ")}]${stopped ? ", STOPPED" : ""}`;
}
