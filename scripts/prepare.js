/**
 * Makes a checkout ready to run: installs the packages when the lock file has changed since they were, and builds when
 * a source is newer than the build. Only Node: it runs before anything is installed.
 */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** As `aegis` itself says it: the environment cannot do it. */
const CANNOT = 4;
const COMPILED = ["src", "stack", "bench", "test"];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  giveUp(
    `aegis needs Node 20.19 or newer, this is ${process.version} (${process.execPath}).`,
    "Install a newer one from https://nodejs.org or with your version manager.",
  );
}

const lock = readFileSync(join(root, "package-lock.json"), "utf8");
const stamp = join(root, "node_modules", ".aegis-lock");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  tell("installing packages ...");
  // Not `npm ci`, which refuses a lock file that lacks the optional packages of any platform; the versions are the same.
  run("npm", [
    "install",
    "--no-save",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ]);
  writeFileSync(stamp, lock);
}
// Not the compiler's own record, which a mere check of the types brings up to date as well.
const built = join(root, "dist", ".built");
if (
  !existsSync(built) ||
  newest([...COMPILED, "tsconfig.json", join("scripts", "bundle.js")]) > statSync(built).mtimeMs
) {
  tell("building ...");
  const from = new Date();
  run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc")]);
  run(process.execPath, [join(root, "scripts", "bundle.js")]);
  writeFileSync(built, "");
  utimesSync(built, from, from);
}
for (const name of COMPILED) prune(name);

/** The latest modification below these paths, milliseconds. A file that was removed changes its directory. */
function newest(paths) {
  let latest = 0;
  for (const path of paths.map((name) => join(root, name))) {
    if (!existsSync(path)) continue;
    const entries = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : [];
    for (const file of [path, ...entries.map((entry) => join(path, String(entry)))]) {
      if (existsSync(file)) latest = Math.max(latest, statSync(file).mtimeMs);
    }
  }
  return latest;
}

/** The compiler leaves what it made of sources that are no more; in a package it would be dead weight. */
function prune(name) {
  const directory = join(root, "dist", name);
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { recursive: true }).map(String)) {
    const source = join(root, name, entry.replace(/\.js$/, ".ts"));
    if (entry.endsWith(".js") && !existsSync(source)) rmSync(join(directory, entry));
  }
}

function run(command, args) {
  try {
    execFileSync(command, args, { cwd: root, stdio: ["ignore", 2, "inherit"] });
  } catch (error) {
    if (error.code === "ENOENT") {
      giveUp(`"${command}" was not found.`, "It comes with Node: is its directory in PATH?");
    }
    tell(`failed: ${[command, ...args].join(" ")}`);
    process.exit(typeof error.status === "number" ? error.status : 1);
  }
}

function giveUp(message, hint) {
  tell(`error: ${message}\n  ${hint}`);
  process.exit(CANNOT);
}

function tell(line) {
  process.stderr.write(`${line}\n`);
}
