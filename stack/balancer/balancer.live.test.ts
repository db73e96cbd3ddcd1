import { afterEach, describe, expect, test } from "vitest";
import { Cleanup } from "../testing/cleanup.ts";
import { Load } from "../testing/load.ts";
import { nginxPath, startNginx } from "../testing/nginx.ts";
import { Apps, answersOk, freePort, type Role, startRole, until } from "../testing/testbed.ts";

const node = process.execPath;
const NAMES = ["app1", "app2", "app3"] as const;

/** How each of the two balancers is started in front of the apps. */
type Start = (apps: Apps, port: number) => Role;

const asRole: Start = (apps, port) =>
  startRole(node, "balancer", { PORT: String(port), AEGIS_MEMBERS_DIR: apps.directory });
const asNginx: Start = (apps, port) =>
  startNginx(
    port,
    NAMES.map((name) => apps.ports.get(name) as number),
    apps.directory,
  );

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

async function standUp(start: Start) {
  const apps = new Apps(node);
  cleanup.add(() => apps.stop());
  await Promise.all(NAMES.map((name) => apps.start(name)));
  apps.publish();
  const port = await freePort();
  const balancer = start(apps, port);
  cleanup.add(async () => {
    balancer.child.kill("SIGTERM");
    await balancer.exited;
  });
  const url = `http://127.0.0.1:${port}`;
  await until(`the balancer is ready:\n${balancer.output}`, () => answersOk(`${url}/-/ready`));
  return { apps, balancer, url };
}

function load(url: string, method: "GET" | "POST", rate = 100): Load {
  const stream = new Load({
    url: method === "GET" ? `${url}/` : `${url}/orders`,
    method,
    rate,
    name: method,
  });
  cleanup.add(() => stream.stop());
  return stream;
}

/** Waits until the load has got n more answers. */
const more = (stream: Load, count: number) => {
  const goal = stream.answered + stream.failed + count;
  return until(`${goal} requests are settled`, () => stream.answered + stream.failed >= goal);
};

describe.each([
  ["the balancer role", asRole, true],
  ["nginx.conf", asNginx, nginxPath !== undefined],
] as const)("%s", (_name, start, available) => {
  test.skipIf(!available)("spreads requests over all members", async () => {
    const { url } = await standUp(start);
    const gets = load(url, "GET");
    await more(gets, 60);
    const { failed, replicas } = await gets.stop();
    expect(failed).toEqual([]);
    expect([...replicas].sort()).toEqual([...NAMES]);
  });

  test.skipIf(!available)("hides the SIGKILL of a member from GETs", async () => {
    const { apps, url } = await standUp(start);
    const gets = load(url, "GET", 200);
    for (const name of [...NAMES, ...NAMES]) {
      await more(gets, 40);
      await apps.crash(name);
    }
    await more(gets, 40);
    expect((await gets.stop()).failed).toEqual([]);
  });

  test.skipIf(!available)("never sends a POST twice, whatever dies", async () => {
    const { apps, url } = await standUp(start);
    const posts = load(url, "POST", 200);
    for (const name of [...NAMES, ...NAMES]) {
      await more(posts, 40);
      await apps.crash(name);
    }
    await more(posts, 40);
    const { answered } = await posts.stop();
    const orders = apps.orders();
    expect(new Set(orders).size).toBe(orders.length);
    expect(answered.filter((id) => !orders.includes(id))).toEqual([]);
  });

  test.skipIf(!available)("loses and repeats nothing when members stop gracefully", async () => {
    const { apps, url } = await standUp(start);
    const gets = load(url, "GET");
    const posts = load(url, "POST");
    for (const name of NAMES) {
      await more(posts, 20);
      apps.signal(name, "SIGTERM");
      expect(await apps.exited(name)).toBe(0);
      await apps.start(name);
    }
    await more(posts, 20);
    const [got, posted] = [await gets.stop(), await posts.stop()];
    expect([...got.failed, ...posted.failed]).toEqual([]);
    expect(apps.orders().sort()).toEqual([...posted.sent].sort());
  });

  test.skipIf(!available)("does not let a frozen member stall GETs", async () => {
    const { apps, url } = await standUp(start);
    const gets = load(url, "GET");
    await more(gets, 20);
    apps.signal("app2", "SIGSTOP");
    cleanup.add(async () => apps.signal("app2", "SIGCONT"));
    await more(gets, 100);
    const { failed, slowestMs, retries } = await gets.stop();
    expect(failed).toEqual([]);
    expect(retries).toBeGreaterThan(0);
    // The client would wait for ever; the balancer's own limit without a second try is 10 s.
    expect(slowestMs).toBeLessThan(5000);
  });

  test.skipIf(!available)("gives a slow answer the time it needs", async () => {
    const { url } = await standUp(start);
    const response = await fetch(`${url}/work?ms=1200`);
    expect(response.status).toBe(200);
  });

  test.skipIf(!available)("gives slow answers that time while a member is dead, too", async () => {
    const { apps, url } = await standUp(start);
    apps.signal("app3", "SIGKILL");
    await apps.exited("app3");
    const asked = Array.from({ length: 9 }, () => fetch(`${url}/work?ms=800`));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});

describe("the balancer role alone", () => {
  test("takes a frozen member out, and back when it wakes", async () => {
    const { apps, url } = await standUp(asRole);
    const gets = load(url, "GET");
    const inRotation = async (name: string) =>
      (await (await fetch(`${url}/-/metrics`)).text()).includes(
        `upstream_member_in{member="${name}"} 1`,
      );
    apps.signal("app1", "SIGSTOP");
    await until("app1 is out", async () => !(await inRotation("app1")));
    apps.signal("app1", "SIGCONT");
    await until("app1 is back", () => inRotation("app1"));
    expect((await gets.stop()).failed).toEqual([]);
  });

  test("follows the members file under load", async () => {
    const { apps, url } = await standUp(asRole);
    const gets = load(url, "GET");
    const posts = load(url, "POST");
    await apps.start("app4");
    apps.publish();
    await more(gets, 40);
    apps.publish(["app4"]);
    await until("only app4 is left", async () => {
      const answers = await Promise.all([1, 2, 3, 4].map(() => fetch(`${url}/`)));
      return answers.every((answer) => answer.headers.get("x-aegis-upstream") === "app4");
    });
    for (const name of NAMES) apps.signal(name, "SIGKILL");
    await more(gets, 40);
    const [got, posted] = [await gets.stop(), await posts.stop()];
    expect([...got.failed, ...posted.failed]).toEqual([]);
    expect(got.replicas).toContain("app4");
  });

  test("without failover fails under the kill that it otherwise hides", async () => {
    const { apps, url } = await standUp((bed, port) =>
      startRole(node, "balancer", {
        PORT: String(port),
        AEGIS_MEMBERS_DIR: bed.directory,
        FAILOVER: "off",
      }),
    );
    const gets = load(url, "GET");
    await more(gets, 20);
    expect(gets.failed).toBe(0);
    apps.signal("app1", "SIGKILL");
    await apps.exited("app1");
    await more(gets, 60);
    const { failed, answered, retries } = await gets.stop();
    expect(failed.length).toBeGreaterThan(10);
    expect(answered.length).toBeGreaterThan(failed.length);
    expect(failed[0]).toContain("502 app1: ");
    expect(retries).toBe(0);
  });

  test("tries members that are out rather than refuse", async () => {
    const { apps, url } = await standUp(asRole);
    for (const name of NAMES) apps.signal(name, "SIGKILL");
    for (const name of NAMES) await apps.exited(name);
    const refused = await fetch(`${url}/`);
    expect(refused.status).toBe(502);
    expect(await refused.text()).toMatch(/refused.*refused.*refused/);
    await apps.start("app3");
    expect(await answersOk(`${url}/`)).toBe(true);
  });

  test("is ready with one ready member, and not with none", async () => {
    const { apps, url } = await standUp(asRole);
    for (const name of ["app1", "app2"]) apps.signal(name, "SIGKILL");
    await until("two are seen dead", async () =>
      (await (await fetch(`${url}/-/metrics`)).text()).includes('_ready{member="app2"} 0'),
    );
    expect(await answersOk(`${url}/-/ready`)).toBe(true);
    apps.signal("app3", "SIGKILL");
    await until("it is not ready", async () => !(await answersOk(`${url}/-/ready`)));
  });

  test("logs the same request ids as the members", async () => {
    const { apps, balancer, url } = await standUp(asRole);
    const gets = load(url, "GET");
    const posts = load(url, "POST");
    await more(gets, 30);
    const sent = [...(await gets.stop()).sent, ...(await posts.stop()).sent].sort();
    const logged = (outputs: readonly string[]) =>
      outputs
        .flatMap((output) => [...output.matchAll(/^request (\S+) /gm)])
        .map((match) => match[1] as string)
        .filter((id) => id !== "-")
        .sort();
    await until("the last lines are out", () => logged([balancer.output]).length >= sent.length);
    const members = () => [...apps.roles.values()].map(({ output }) => output);
    await until("theirs too", () => logged(members()).length >= sent.length);
    expect(logged([balancer.output])).toEqual(sent);
    // A GET is sent to a second member when the first is silent for 250 ms, as one on a busy machine may be; a POST never.
    const isPost = (id: string): boolean => id.startsWith("POST");
    expect(logged(members()).filter(isPost)).toEqual(sent.filter(isPost));
    expect([...new Set(logged(members()))]).toEqual(sent);
  });
});
