import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { ROOT } from "./aegis.ts";

/** The package as a user gets it. */
export interface Packed {
  readonly tarball: string;
  /** Paths in it, without the leading `package/`. */
  readonly files: readonly string[];
  /** Installs it globally into an empty prefix; returns the path of the `aegis` command. */
  install(): { readonly prefix: string; readonly bin: string };
}

/** Packs the checkout as it is built, in a directory that is removed when the test is over. */
export function packed({ onTestFinished }: Pick<TestContext, "onTestFinished">): Packed {
  const place = mkdtempSync(join(tmpdir(), "aegis-packed-"));
  onTestFinished(() => {
    execFileSync("chmod", ["-R", "u+w", place]);
    rmSync(place, { recursive: true, force: true });
  });
  npm(ROOT, "pack", "--ignore-scripts", "--pack-destination", place);
  const tarball = join(place, readdirSync(place)[0] as string);
  const listed = execFileSync("tar", ["tzf", tarball], { encoding: "utf8" });
  return {
    tarball,
    files: listed
      .trim()
      .split("\n")
      .map((path) => path.replace(/^package\//, "")),
    install: () => {
      const prefix = join(place, "prefix");
      // What packages would compile for themselves (a faster ssh, which nothing here speaks) takes a minute.
      npm(place, "install", "--global", "--ignore-scripts", "--prefix", prefix, tarball);
      return { prefix, bin: join(prefix, "bin", "aegis") };
    },
  };
}

function npm(directory: string, ...args: readonly string[]): void {
  execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: directory,
    stdio: ["ignore", "ignore", "pipe"],
  });
}
