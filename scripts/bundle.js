/**
 * Puts what a command loads into a few files, `dist/cli`: finding and reading 440 modules, most of them of packages, took a
 * third of the time of a short command. What is loaded only when it is needed stays apart. The licenses of the packages lie beside.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const directory = join(root, "dist", "cli");
const { output } = await build({
  cwd: root,
  input: join("src", "cli", "main.ts"),
  platform: "node",
  // It loads packages of its own, some with native code, from where they were installed.
  external: ["dockerode"],
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

function licenseOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? license : readFileSync(join(folder, file), "utf8");
  return `${name} ${version}\n\n${text}\n`;
}
