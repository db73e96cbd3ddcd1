/**
 * Puts what a command loads into a few files, `dist/cli`: finding and reading 440 modules, most of them of packages, took a
 * third of the time of a short command. What is loaded only when it is needed stays apart. The licenses of the packages lie beside.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

/**
 * What dockerode loads at once for the few who use it (ssh2 for `ssh://`, gRPC and protobufjs for BuildKit), four fifths of its
 * time: a file, what stands there, and what is to stand there.
 */
const LATE = [
  ["docker-modem/lib/modem.js", "ssh = require('./ssh')", callTo("docker-modem/lib/ssh", "ssh")],
  [
    "dockerode/lib/docker.js",
    "withSession = require('./session')",
    callTo("dockerode/lib/session", "withSession"),
  ],
  [
    "dockerode/lib/docker.js",
    "buildkit = require('./buildkit')",
    `buildkit = ${late("dockerode/lib/buildkit")}`,
  ],
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const directory = join(root, "dist", "cli");
const { output } = await build({
  cwd: root,
  input: join("src", "cli", "main.ts"),
  platform: "node",
  plugins: [{ name: "late", transform: loadLate }],
  // Names that stay: a command that runs while another version is installed finds what it loads late.
  output: {
    dir: directory,
    cleanDir: true,
    chunkFileNames: "[name].js",
    minifyInternalExports: false,
  },
  logLevel: "warn",
});

const modules = output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
const packages = new Set(
  modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []),
);
writeFileSync(join(directory, "LICENSES.txt"), [...packages].sort().map(licenseOf).join("\n"));

/** Loads a module when it is come to, from where it was installed: only dockerode can find its packages wherever they lie. */
function late(module) {
  return `require("node:module").createRequire(require.resolve("dockerode"))("${module}")`;
}

function callTo(module, name) {
  return `${name} = (...args) => ${late(module)}(...args)`;
}

function loadLate(code, id) {
  const here = LATE.filter(([file]) => id.endsWith(`/node_modules/${file}`));
  if (here.length === 0) return null;
  return here.reduce((text, [file, before, after]) => {
    if (!text.includes(before)) throw new Error(`${file} no longer has: ${before}`);
    return text.replace(before, after);
  }, code);
}

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? license : readFileSync(join(folder, file), "utf8");
  return `${name} ${version}\n\n${text}\n`;
}
