import { expect, test } from "vitest";
import { fraction } from "../../src/kit/seed.ts";
import { Load } from "../testing/load.ts";
import { Apps, answersOk, freePort, startRole, until } from "../testing/testbed.ts";

const KILLS = 300;
const NAMES = ["app1", "app2", "app3"] as const;

test(`${KILLS} random SIGKILLs of members at 500 GET/s lose no request`, async () => {
  const apps = new Apps(process.execPath);
  await Promise.all(NAMES.map((name) => apps.start(name)));
  apps.publish();
  const port = await freePort();
  const balancer = startRole(process.execPath, "balancer", {
    PORT: String(port),
    AEGIS_MEMBERS_DIR: apps.directory,
  });
  const url = `http://127.0.0.1:${port}/`;
  try {
    await until("the balancer is ready", () => answersOk(`${url}-/ready`));
    const load = new Load({ url, method: "GET", rate: 500, name: "get" });
    const pids = new Set<number | undefined>();
    for (let kill = 0; kill < KILLS; kill++) {
      const name = NAMES[Math.floor(fraction(42, kill) * NAMES.length)] as string;
      pids.add(apps.roles.get(name)?.child.pid);
      await apps.crash(name);
      const goal = load.sent + Math.floor(fraction(43, kill) * 60);
      await until("some more are sent", () => load.sent >= goal);
    }
    const { sent, answered, failed, retries, slowestMs } = await load.stop();
    console.log(
      `${KILLS} kills of ${pids.size} pids, ${sent.length} requests, ${retries} retries, slowest ${Math.round(slowestMs)} ms`,
    );
    expect(pids.size).toBe(KILLS);
    expect(failed).toEqual([]);
    expect(answered.length).toBe(sent.length);
    expect(retries).toBeGreaterThan(0);
  } finally {
    balancer.child.kill("SIGKILL");
    await balancer.exited;
    await apps.stop();
  }
});
