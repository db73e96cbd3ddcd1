import { createServer } from "node:http";
import { expect, test } from "vitest";
import { freePort, startRole } from "./testing/testbed.ts";

async function outcome(role: string, env: Record<string, string>) {
  const started = startRole(process.execPath, role, env);
  await started.exited;
  return { exit: started.child.exitCode, output: started.output };
}

test("an unknown role is refused with those there are", async () => {
  expect(await outcome("bakancer", {})).toEqual({
    exit: 2,
    output: 'unknown role "bakancer"\nthe roles are: app, balancer\n',
  });
});

test("a setting that cannot be is refused", async () => {
  expect(await outcome("app", { PORT: "http" })).toEqual({
    exit: 2,
    output: 'PORT must be a whole number from 0 to 65535, got "http"\n',
  });
});

test("a port that is taken is the environment's fault", async () => {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const { exit, output } = await outcome("app", { PORT: String(port) });
  server.close();
  expect(exit).toBe(4);
  expect(output).toContain(`app cannot listen on 127.0.0.1:${port} (EADDRINUSE)`);
});

test("a balancer that does not know where its members are says how to tell it", async () => {
  const { exit, output } = await outcome("balancer", { PORT: "0" });
  expect(exit).toBe(2);
  expect(output).toContain("set AEGIS_MEMBERS_DIR");
  expect((await outcome("balancer", { PORT: "0", AEGIS_MEMBERS_DIR: "/no/such" })).exit).toBe(4);
});
