import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { scriptsIn } from "../helper/container.ts";
import type { TarFile } from "../helper/tar.ts";

/** Where everything lies in the container: a place that no image has. */
export const HOME = "aegis-inside";

/** Layers below every program, which it may import. */
const BELOW = ["src/kit", "src/model"];

/** A compiled program (`src/tester/program.js`) with its folder, what that may import, and undici. */
export function programFiles(packageRoot: string, program: string): TarFile[] {
  const folders = [dirname(program), ...BELOW];
  return [
    { path: `${HOME}/package.json`, content: '{"type":"module"}\n' },
    ...folders.flatMap((folder) =>
      scriptsIn(join(packageRoot, "dist", folder), `${HOME}/dist/${folder}`),
    ),
    ...packageFiles(packageRoot, "undici"),
  ];
}

/** What Node loads of a package without dependencies, wherever npm has put it. */
function packageFiles(packageRoot: string, name: string): TarFile[] {
  const require = createRequire(join(packageRoot, "package.json"));
  const directory = dirname(require.resolve(`${name}/package.json`));
  const sources = readdirSync(join(directory, "lib"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".js"))
    .map(({ parentPath, name: file }) => join(parentPath, file).slice(directory.length + 1));
  return ["package.json", "index.js", ...sources].map((path) => ({
    path: `${HOME}/node_modules/${name}/${path}`,
    content: readFileSync(join(directory, path)),
  }));
}
