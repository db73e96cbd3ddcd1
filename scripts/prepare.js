/**
 * Makes a checkout ready to run: installs the packages when the lock file has changed since they were, and builds when
 * a source is newer than the build. Only Node: it runs before anything is installed.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`aegis needs Node 20.19 or newer, this is ${process.version}\n`);
  process.exit(4);
}

const lock = readFileSync(join(root, "package-lock.json"), "utf8");
const stamp = join(root, "node_modules", ".aegis-lock");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  process.stderr.write("installing packages ...\n");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  writeFileSync(stamp, lock);
}
const built = join(root, "dist", ".tsbuildinfo");
if (
  !existsSync(built) ||
  newest(["src", "stack", "bench", "test", "tsconfig.json"]) > statSync(built).mtimeMs
) {
  process.stderr.write("building ...\n");
  run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc")]);
}

/** The latest modification below these paths, milliseconds. */
function newest(paths) {
  let latest = 0;
  for (const path of paths.map((name) => join(root, name))) {
    const entries =
      existsSync(path) && statSync(path).isDirectory()
        ? readdirSync(path, { recursive: true })
        : [""];
    for (const entry of entries) {
      const file = join(path, String(entry));
      if (existsSync(file)) latest = Math.max(latest, statSync(file).mtimeMs);
    }
  }
  return latest;
}

function run(command, args) {
  try {
    execFileSync(command, args, { cwd: root, stdio: ["ignore", 2, "inherit"] });
  } catch (error) {
    process.exit(typeof error.status === "number" ? error.status : 1);
  }
}
