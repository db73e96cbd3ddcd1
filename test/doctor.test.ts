import { expect, test } from "vitest";
import { type Finished, visit } from "./aegis.ts";

interface Check {
  readonly what: string;
  readonly status: string;
  readonly says: string;
  readonly hint: string | null;
}

const NO_DAEMON = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

/** What doctor --json said of this. */
function checkOf({ stdout }: Finished, what: string): Check | undefined {
  const { checks } = JSON.parse(stdout) as { checks: Check[] };
  return checks.find((check) => check.what === what);
}

test("doctor without a Docker daemon says what to do, and that processes work", async (context) => {
  const doctor = await visit(context, { env: NO_DAEMON }).run("doctor", "--json");
  expect(doctor.code, doctor.stderr).toBe(0);
  expect(checkOf(doctor, "engine process")).toMatchObject({ status: "ok", usable: true });
  expect(checkOf(doctor, "engine docker")).toMatchObject({
    status: "warning",
    usable: false,
    says: expect.stringContaining("no Docker daemon at unix:///nowhere/docker.sock"),
    hint: expect.stringContaining("DOCKER_HOST"),
  });
  expect(checkOf(doctor, "steps on process")).toMatchObject({ status: "ok", refused: [] });
  expect(checkOf(doctor, "steps on docker")).toBe(undefined);
});

test("doctor --engine docker without a daemon exits 4", async (context) => {
  const person = visit(context, { env: NO_DAEMON });
  const { code, stdout } = await person.run("doctor", "--engine", "docker");
  expect(code, stdout).toBe(4);
  expect(stdout).toMatch(/✗ engine docker: .*no Docker daemon/);
  expect(stdout).toMatch(/✓ engine process: works/);
  expect(stdout).toMatch(/The engine docker cannot work on this machine\.\n$/);
});

test("doctor looks at the machine also when that is why the stack cannot be read", async (context) => {
  const person = visit(context, { env: NO_DAEMON });
  const doctor = await person.run("doctor", "--json", "--engine", "docker", "--project", "shop");
  expect(doctor.code, doctor.stderr).toBe(4);
  expect(checkOf(doctor, "stack")).toMatchObject({ status: "bad" });
  expect(checkOf(doctor, "engine docker")).toMatchObject({ status: "bad", usable: false });
  expect(checkOf(doctor, "engine process")).toMatchObject({ usable: true });
});
