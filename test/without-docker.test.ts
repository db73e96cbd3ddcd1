import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ROOT, visit } from "./aegis.ts";

const run = promisify(execFile);
/** Of the vitest that runs this, and what makes a lack of Docker a failure. */
const OF_THIS_RUN = /^(VITEST|AEGIS_|FORCE_COLOR)/;

test("without a daemon every test of containers is skipped and named, and nothing fails", async () => {
  const rest = Object.entries(process.env).filter(([name]) => !OF_THIS_RUN.test(name));
  const env = { ...Object.fromEntries(rest), DOCKER_HOST: "unix:///nowhere/docker.sock" };
  const projects = ["--project", "docker*"];
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

test.for(["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1", "ssh://me@127.0.0.1:1"])(
  "at %s nobody listens: that is said, and nothing else",
  async (address, context) => {
    const person = visit(context, { env: { DOCKER_HOST: address } });
    const { code, stdout, stderr } = await person.run("status", "--engine", "docker");
    expect(stderr).toMatch(
      new RegExp(
        `^error: cannot use Docker: no Docker daemon at ${address} [^\\n]*\\n  start Docker, [^\\n]*\\n$`,
      ),
    );
    expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  },
);
