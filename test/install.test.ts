import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT, visit } from "./aegis.ts";
import { badDay } from "./bad-day-scenario.ts";
import { nothing, residue } from "./residue.ts";

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

function npm(directory: string, ...args: readonly string[]): string {
  return execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: directory,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

test("the packed tarball, installed read-only by root, runs for a user without rights", async (context) => {
  const place = mkdtempSync(join(tmpdir(), "aegis-install-"));
  context.onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  npm(ROOT, "pack", "--ignore-scripts", "--pack-destination", place);
  const [tarball = ""] = readdirSync(place);
  const content = execFileSync("tar", ["tzf", join(place, tarball)], { encoding: "utf8" });
  expect(content).not.toMatch(/\.test\.|\/test\/|\/bench\//);

  const prefix = join(place, "prefix");
  npm(place, "install", "--global", "--prefix", prefix, join(place, tarball));
  execFileSync("chmod", ["-R", "a-w,a+rX", prefix]);
  execFileSync("chmod", ["a+rx", place]);

  const bin = join(prefix, "bin", "aegis");
  const person = visit(context, isRoot ? { bin, uid: NOBODY } : { bin });
  const scenario = person.write(
    "s.yaml",
    badDay(["{ id: crash, do: crash, target: { service: app }, at: 0s }"]),
  );
  const { code, stdout, stderr } = await person.run("chaos", "run", scenario);
  expect(stderr + stdout).toMatch(/PASS +bad day/);
  expect(code).toBe(0);
  expect(await residue(nothing(person), 1)).toBe("");
  expect((await person.run("chaos", "list")).stdout).toContain("zero-downtime");
}, 180_000);
