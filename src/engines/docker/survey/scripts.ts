/** Programs for probes, for the Node of any image; CommonJS, each prints one line of JSON. */

/** Prints its own pid: 1 in a namespace of its own. */
export const PID_SCRIPT = "console.log(JSON.stringify({ pid: process.pid }))";

/** Prints NetworkEvidence, with what can be seen of the kernel from inside. NET_ADMIN is the capability with number 12. */
export const NETWORK_SCRIPT = `
const { existsSync, readFileSync } = require("node:fs");
const { spawnSync } = require("node:child_process");
const { gunzipSync } = require("node:zlib");
const effective = /^CapEff:\\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))[1];
const { error, status, stderr } = spawnSync(
  "tc", ["qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"], { encoding: "utf8" });
let config = null;
try {
  const text = gunzipSync(readFileSync("/proc/config.gz")).toString();
  config = /^CONFIG_NET_SCH_NETEM=([ym])$/m.exec(text)?.[1] ?? "n";
} catch {}
console.log(JSON.stringify({
  admin: ((BigInt("0x" + effective) >> 12n) & 1n) === 1n,
  tc: error === undefined ? { status, said: stderr } : null,
  kernel: { config, loaded: existsSync("/sys/module/sch_netem"), installed: null },
}));`;
