import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createHost } from "../cli/host.ts";
import type { Engine } from "../engines/engine.ts";
import { writeWayBack } from "../state/course-record.ts";
import { dropUnusedReleases } from "./unused-releases.ts";

const BUILT = ["sha256:aa", "sha256:bb"];
const engineThat = (dropUnused: Engine["powers"]["releases"]["dropUnused"]) =>
  ({ can: { releases: true }, powers: { releases: { dropUnused } } }) as unknown as Engine;

test("what was built and is not run goes, but for what a way back needs, and is named", async () => {
  const directory = mkdtempSync(join(tmpdir(), "aegis-unused-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const said: string[] = [];
  const engine = engineThat(async (needed) => BUILT.filter((id) => !needed(id)));
  const wayBack = { moves: [{ name: "web", release: { image: "sha256:bb" } }], last: [] };
  writeWayBack(directory, "rollout", wayBack, createHost().world);
  await dropUnusedReleases(engine, directory, (line) => said.push(line));
  expect(said).toEqual(["removed the image sha256:aa: nothing runs it"]);
});

test("what cannot be removed now is no trouble", async () => {
  const gone = engineThat(() => Promise.reject(new Error("no daemon")));
  await expect(dropUnusedReleases(gone, "/nowhere", expect.fail)).resolves.toBeUndefined();
});
