import { afterEach, expect, test } from "vitest";
import { Cleanup } from "../testing/cleanup.ts";
import { Load } from "../testing/load.ts";
import { Apps, answersOk, freePort, startRole, until } from "../testing/testbed.ts";

const NAMES = ["app1", "app2", "app3"] as const;

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

async function standUp(names: readonly string[]) {
  const apps = new Apps(process.execPath);
  cleanup.add(() => apps.stop());
  await Promise.all(names.map((name) => apps.start(name)));
  apps.publish();
  const port = await freePort();
  const balancer = startRole(process.execPath, "balancer", {
    PORT: String(port),
    AEGIS_MEMBERS_DIR: apps.directory,
  });
  cleanup.add(async () => {
    balancer.child.kill("SIGTERM");
    await balancer.exited;
  });
  const url = `http://127.0.0.1:${port}`;
  await until("the balancer is ready", () => answersOk(`${url}/-/ready`));
  return { apps, url };
}

/** GETs and POSTs, half of each on fresh connections. */
function load(url: string) {
  const gets = new Load({ url: `${url}/`, method: "GET", rate: 200, name: "GET" });
  const posts = new Load({ url: `${url}/orders`, method: "POST", rate: 100, name: "POST" });
  cleanup.add(() => gets.stop());
  cleanup.add(() => posts.stop());
  const more = (count: number) => {
    const goal = posts.sent + count;
    return until(`${goal} orders are sent`, () => posts.sent >= goal);
  };
  const stop = async () => {
    const [got, posted] = [await gets.stop(), await posts.stop()];
    return { posted, retries: posted.retries, failed: [...got.failed, ...posted.failed] };
  };
  return { more, stop };
}

/** A newcomer beside the replica, in the list before it listens, as an engine puts it there; then the old one leaves. */
async function replace(apps: Apps, name: string, more: (count: number) => Promise<void>) {
  const newcomer = `${name}+`;
  apps.ports.set(newcomer, await freePort());
  apps.publish();
  await more(10);
  await apps.start(newcomer, { REPLICA: name, APP_VERSION: "v2" });
  await more(20);
  apps.signal(name, "SIGTERM");
  expect(await apps.exited(name)).toBe(0);
  await more(10);
  apps.promote(name);
  apps.publish();
  await more(10);
}

test.each([
  ["three replicas", NAMES],
  ["the only replica", ["app1"]],
] as const)("a surge of %s loses and repeats nothing", async (_title, names) => {
  const { apps, url } = await standUp(names);
  const { more, stop } = load(url);
  await more(20);
  for (const name of names) await replace(apps, name, more);
  const { failed, posted } = await stop();
  expect(failed).toEqual([]);
  expect(apps.orders().sort()).toEqual([...posted.sent].sort());
  expect((await fetch(`${url}/`)).headers.get("x-aegis-version")).toBe("v2");
  const lists = (await (await fetch(`${url}/-/metrics`)).text()).matchAll(
    /^upstream_member_in\{member="(.+)"\} 1$/gm,
  );
  expect([...lists].map((match) => match[1])).toEqual(names);
});

test("a newcomer that is given up again loses and repeats nothing either", async () => {
  const { apps, url } = await standUp(NAMES);
  const { more, stop } = load(url);
  await apps.start("app1+", { REPLICA: "app1", APP_VERSION: "v2" });
  apps.publish();
  await more(40);
  apps.signal("app1+", "SIGTERM");
  expect(await apps.exited("app1+")).toBe(0);
  apps.publish(NAMES);
  await more(20);
  const { failed, posted } = await stop();
  expect(failed).toEqual([]);
  expect(apps.orders().sort()).toEqual([...posted.sent].sort());
  expect(apps.roles.get("app1+")?.output).toMatch(/^order /m);
});

test("a newcomer gets no request before it is ready, though it answers", async () => {
  const { apps, url } = await standUp(NAMES);
  const { more, stop } = load(url);
  const started = apps.start("app1+", { READY_AFTER_MS: "2000" });
  await until("it listens", async () => {
    const port = apps.ports.get("app1+");
    return port !== undefined && (await answersOk(`http://127.0.0.1:${port}/health`));
  });
  apps.publish();
  const asked = () => /^(order|request) (GET|POST)-/m.test(apps.roles.get("app1+")?.output ?? "");
  await more(50);
  expect(asked()).toBe(false);
  await started;
  await until("it is asked", asked);
  expect((await stop()).failed).toEqual([]);
});
