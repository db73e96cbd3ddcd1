import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packed } from "../packed.ts";
import { docker, projectName } from "./docker.ts";

test("the installed package builds the same image, though it holds no sources", async (context) => {
  const image = projectName("package");
  const place = mkdtempSync(join(tmpdir(), "aegis-image-"));
  context.onTestFinished(() => rmSync(place, { recursive: true }));
  const { tarball, files } = packed(context);
  execFileSync("tar", ["-xzf", tarball, "-C", place]);
  await docker("build", "--quiet", "--tag", image, join(place, "package"));
  context.onTestFinished(async () => void (await docker("rmi", image)));
  const folders = ["bin", "dist", "scenarios", "stack"];
  const find = ["--entrypoint", "find", image, ...folders, "-type", "f"];
  const held = await docker("run", "--rm", ...find);
  const wanted = files.filter((path) => folders.includes(path.split("/")[0] as string));
  expect(held.split("\n").sort()).toEqual([...wanted].sort());
});
