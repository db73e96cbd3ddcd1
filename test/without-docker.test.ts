import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ROOT } from "./aegis.ts";

const run = promisify(execFile);
/** Of the vitest that runs this, and what makes a lack of Docker a failure. */
const OF_THIS_RUN = /^(VITEST|AEGIS_|FORCE_COLOR)/;

test("without a daemon every test of containers is skipped and named, and nothing fails", async () => {
  const rest = Object.entries(process.env).filter(([name]) => !OF_THIS_RUN.test(name));
  const env = { ...Object.fromEntries(rest), DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const projects = ["--project", "docker", "--project", "docker-alone"];
  const cheaply = ["--pool", "threads", "--no-isolate"];
  const { stdout, stderr } = await run(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", ...projects, ...cheaply],
    { cwd: ROOT, env: { ...env, NO_COLOR: "1" } },
  );
  expect(stderr).toMatch(/^Tests of containers are skipped: .*docker/im);
  const skipped = stdout.match(/^ *Test Files .*$/m)?.[0] ?? stdout;
  expect(skipped).toMatch(/\d+ skipped \(\d+\)/);
  expect(skipped).not.toMatch(/passed|failed/);
});
