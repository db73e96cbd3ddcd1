import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ROOT, visit } from "./aegis.ts";
import { type Packed, packed } from "./packed.ts";
import { nothing, residue } from "./residue.ts";

/** What is started by its path rather than imported, beside the command. */
const ENTRIES = [
  "dist/src/engines/process/supervisor.js",
  "dist/src/engines/docker/warden/program/main.js",
  "dist/src/tester/program.js",
  "dist/src/tester/worker.js",
  "dist/src/tester/ticker.js",
  "dist/src/tester/selftest-server.js",
  "dist/stack/main.js",
];

describe("the package", () => {
  const after: (() => unknown)[] = [];
  let pack: Packed;
  beforeAll(() => {
    pack = packed({ onTestFinished: (done) => void after.push(done as () => unknown) });
    return async () => {
      for (const done of after) await done();
    };
  }, 120_000);

  test("holds all code that can be reached from its entries", () => {
    const packedFiles = new Set(pack.files);
    const needed = reachable(["bin/aegis.js", ...ENTRIES]);
    expect([...needed].filter((file) => !packedFiles.has(file))).toEqual([]);
  });

  test("holds no code that only tests use, but for modules of types alone", () => {
    // The command is in a few files; the programs are modules, and whole folders of those.
    const needed = reachable(["bin/aegis.js", ...ENTRIES, "dist/src/cli/main.js"]);
    const code = pack.files.filter((file) => file.endsWith(".js") && !needed.has(file));
    expect(code.filter((file) => codeOf(file) !== "")).toEqual([]);
    expect(pack.files.filter((file) => file.startsWith("dist/src/cli/"))).toEqual([]);
  });

  test("holds the licenses of the packages that the command contains", () => {
    expect(pack.files).toContain("dist/cli/LICENSES.txt");
    const licenses = textOf("dist/cli/LICENSES.txt");
    for (const name of ["chalk", "commander", "execa", "yaml", "zod"]) {
      expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\\n\\n.*Copyright`, "ms"));
    }
  });

  test("holds nothing else but what a user needs", () => {
    const others = pack.files.filter((file) => !file.startsWith("dist/"));
    expect(others.filter((file) => !file.startsWith("scenarios/")).sort()).toEqual([
      "CHANGELOG.md",
      "Dockerfile",
      "LICENSE",
      "README.md",
      "bin/aegis.js",
      "docker-compose.yml",
      "package.json",
      "stack/balancer/nginx.conf",
    ]);
    expect(pack.files.filter((file) => /\.(map|ts|tsbuildinfo)$/.test(file))).toEqual([]);
  });

  test("installed globally, runs in an empty directory and leaves nothing running", async (context) => {
    const person = visit(context, { bin: pack.install().bin });
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(await person.run("--version")).toMatchObject({ code: 0, stdout: `${version}\n` });
    const list = await person.run("chaos", "list");
    expect(list).toMatchObject({ code: 0, stderr: "" });
    expect(list.stdout).toContain("crash-one");
    const { code, stdout, stderr } = await person.run("chaos", "run", "crash-one");
    expect(code, `${stderr}${stdout}`).toBe(0);
    expect(stdout).toMatch(/^PASS {2}one replica crashes\n/);
    expect(await residue(nothing(person), 1)).toBe("");
  }, 180_000);
});

test("`aegis --version` loads a handful of files and no package: it stays quick", () => {
  // bin imports main when it runs.
  const entries = ["bin/aegis.js", "dist/cli/main.js"];
  const loaded = [...reachable(entries, /(?:^|\n)import [^(]*?"([^"]+)"|from "([^"]+)"/g)];
  const packages = loaded.flatMap((file) => packagesOf(file));
  expect([...new Set(packages)]).toEqual([]);
  expect(textOf("bin/aegis.js")).toContain("dist/cli/main.js");
  expect(loaded.length).toBeLessThan(8);
  expect(loaded.reduce((sum, file) => sum + textOf(file).length, 0)).toBeLessThan(30_000);
});

/** Our own files that these import, directly or not, by default also those that they import when they need them. */
function reachable(
  entries: readonly string[],
  imports = /(?:from|import)\s*\(?\s*"([^"]+)"/g,
): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...entries];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const [, first, second] of codeOf(file).matchAll(imports)) {
      const path = first ?? second ?? "";
      if (path.startsWith(".")) waiting.push(join(dirname(file), path));
    }
  }
  return found;
}

function packagesOf(file: string): string[] {
  return [...codeOf(file).matchAll(/\bfrom "([^".][^"]*)"/g)].flatMap(([, name = ""]) =>
    name.startsWith("node:") ? [] : [name],
  );
}

function textOf(file: string): string {
  const path = join(ROOT, file);
  expect(existsSync(path), `${file} is there`).toBe(true);
  return readFileSync(path, "utf8");
}

/** What is left of a module without its comments and its empty export. */
function codeOf(file: string): string {
  return textOf(file)
    .replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, "")
    .replaceAll(/^\/\/.*$/gm, "")
    .replaceAll(/^(export \{\};|import \{\} from "[^"]*";)$/gm, "")
    .trim();
}
