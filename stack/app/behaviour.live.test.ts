import { afterEach, expect, test } from "vitest";
import { Cleanup } from "../testing/cleanup.ts";
import { answersOk, freePort, startRole, until } from "../testing/testbed.ts";

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** A release of the app that answers `/health`, and its exit. */
async function released(env: Readonly<Record<string, string>>) {
  const port = await freePort();
  const app = startRole(process.execPath, "app", { PORT: String(port), ...env });
  cleanup.add(async () => {
    app.child.kill("SIGKILL");
    await app.exited;
  });
  const url = `http://127.0.0.1:${port}`;
  await until("it is alive, or dead", async () => !app.alive || (await answersOk(`${url}/health`)));
  return { app, url };
}

async function msOf(request: Promise<Response>): Promise<number> {
  const began = performance.now();
  await (await request).text();
  return performance.now() - began;
}

async function residentBytes(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^resident_memory_bytes (\d+)$/m.exec(text)?.[1]);
}

test("one that fails a share of its answers does so from the first, whatever the control port ended", async () => {
  const control = await freePort();
  const { url } = await released({ FAIL_SHARE: "0.25", PORT_CONTROL: String(control) });
  const statuses = async () => {
    const answers = [];
    for (let i = 0; i < 20; i++) answers.push((await fetch(`${url}/`)).status);
    return answers.filter((status) => status === 500).length;
  };
  expect(await statuses()).toBe(5);
  await fetch(`http://127.0.0.1:${control}/failures`, { method: "PUT", body: "{}" });
  expect(await statuses()).toBe(0);
  await fetch(`http://127.0.0.1:${control}/failures`, { method: "DELETE" });
  expect(await statuses()).toBe(5);
});

test("a slow one takes its factor for whatever it does", async () => {
  const { url } = await released({ WORK_MS: "50", SLOW_FACTOR: "3" });
  expect(await msOf(fetch(`${url}/`))).toBeGreaterThanOrEqual(149);
  const order = fetch(`${url}/orders`, { method: "POST", body: '{"id":"o-1"}' });
  expect(await msOf(order)).toBeGreaterThanOrEqual(149);
  expect((await order).status).toBe(201);
  expect(await msOf(fetch(`${url}/work?ms=100`))).toBeGreaterThanOrEqual(299);
});

test("one that leaks grows with every request; ballast is there from the start", async () => {
  const { url } = await released({ LEAK_BYTES: "1048576", BALLAST_BYTES: "67108864" });
  const before = await residentBytes(url);
  expect(before).toBeGreaterThan(67_108_864);
  for (let i = 0; i < 40; i++) await fetch(`${url}/`);
  expect((await residentBytes(url)) - before).toBeGreaterThan(35 * 2 ** 20);
});

test("one that never gets ready is alive, answers, and says so", async () => {
  const { url } = await released({ NEVER_READY: "1" });
  const ready = await fetch(`${url}/ready`);
  expect([ready.status, await ready.text()]).toEqual([503, "not ready\n"]);
  expect(await answersOk(`${url}/`)).toBe(true);
});

test("one that gets ready late does get ready", async () => {
  const began = performance.now();
  const { url } = await released({ READY_AFTER_MS: "700" });
  await until("it is ready", () => answersOk(`${url}/ready`));
  expect(performance.now() - began).toBeGreaterThan(699);
});

test("one that dies is well until then, and exits with 1", async () => {
  const began = performance.now();
  const { app } = await released({ DIE_AFTER_MS: "600" });
  await app.exited;
  expect(performance.now() - began).toBeGreaterThan(599);
  expect(app.child.exitCode).toBe(1);
});

test("one whose settings are wrong does not start, and says what is wrong", async () => {
  const { app } = await released({ FAIL_SHARE: "5%" });
  await app.exited;
  expect(app.child.exitCode).toBe(2);
  expect(app.output).toContain('FAIL_SHARE must be a number from 0 to 1, got "5%"');
});
