import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import type { Hold } from "../../model/powers.ts";
import { serverSpec } from "../contract/stack.ts";
import { readProcess } from "./proc-table.ts";
import { signalProcess } from "./signals.ts";
import { stateFiles } from "./state-files.ts";
import {
  grandchildOf,
  openProject,
  PATIENCE,
  parentSpec,
  shellSpec,
  startStranger,
  type TestProject,
} from "./testing/project.ts";

const stateOf = (pid: number): string => readProcess(pid)?.state ?? "gone";

async function holdOf({ engine }: TestProject): Promise<Hold> {
  const { id } = await engine.lease({ ttlMs: 60_000, downOnExpiry: false });
  return { lease: id, injection: "harm#1" };
}

describe("stop", () => {
  test("drains what obeys and kills what does not after its grace", async () => {
    const stubborn = serverSpec("stubborn", { stopGraceMs: 300, environment: { STUBBORN: "1" } });
    const project = await openProject([serverSpec("polite"), stubborn]);
    await project.up();
    const { lifecycle } = project.engine.powers;
    expect(await lifecycle.stop(await project.get("polite"), null)).toMatchObject({
      outcome: "drained",
      exitCode: 0,
    });
    const outcome = await lifecycle.stop(await project.get("stubborn"), null);
    expect(outcome).toMatchObject({ outcome: "killed", exitCode: null });
    expect(outcome.tookMs).toBeGreaterThanOrEqual(300);
    expect(await project.event("died", "stubborn")).toMatchObject({
      signal: "SIGKILL",
      by: "aegis",
    });
  });

  test("sends the declared signal", async () => {
    const script = 'trap "exit 5" INT; while :; do sleep 0.05; done';
    const project = await openProject([shellSpec("one", script, { stopSignal: "INT" })]);
    await project.up();
    const outcome = await project.engine.powers.lifecycle.stop(await project.get("one"), null);
    expect(outcome).toMatchObject({ outcome: "failed", exitCode: 5 });
  });

  test("wakes a frozen replica, so that it can drain", async () => {
    const project = await openProject([serverSpec("one")]);
    await project.up();
    const one = await project.get("one");
    await project.engine.powers.lifecycle.pause(one, await holdOf(project));
    const outcome = await project.engine.powers.lifecycle.stop(one, null);
    expect(outcome).toMatchObject({ outcome: "drained", exitCode: 0 });
  });
});

describe("a process group", () => {
  test("is frozen, woken and killed as a whole", async () => {
    const project = await openProject([parentSpec("one")]);
    await project.up();
    const { lifecycle } = project.engine.powers;
    const one = await project.get("one");
    const family = [Number(one.instance), await grandchildOf(project.engine, "one")];
    const hold = await holdOf(project);
    await lifecycle.pause(one, hold);
    expect(family.map(stateOf)).toEqual(["T", "T"]);
    await lifecycle.unpause(one);
    await vi.waitFor(() => expect(family.map(stateOf)).not.toContain("T"), PATIENCE);
    await lifecycle.pause(one, hold);
    await lifecycle.kill(one, hold);
    await vi.waitFor(() => {
      for (const pid of family) expect(["gone", "Z"]).toContain(stateOf(pid));
    }, PATIENCE);
  });

  test("ends when its leader dies, as a container does", async () => {
    const project = await openProject([parentSpec("one")]);
    await project.up();
    const grandchild = await grandchildOf(project.engine, "one");
    await project.engine.powers.crash.crash(await project.get("one"));
    await vi.waitFor(() => expect(["gone", "Z"]).toContain(stateOf(grandchild)), PATIENCE);
  });
});

describe("pause", () => {
  test("that somebody else undoes is told as such", async () => {
    const project = await openProject([serverSpec("one")]);
    await project.up();
    const one = await project.get("one");
    await project.engine.powers.lifecycle.pause(one, await holdOf(project));
    signalProcess(Number(one.instance), "SIGCONT");
    const event = await project.event("unpaused", "one");
    expect(event).toMatchObject({ by: "itself", replica: { state: "running" } });
  });

  test("makes a replica unready by its own failing probe, not by decree", async () => {
    const project = await openProject([serverSpec("one")]);
    await project.up();
    const one = await project.get("one");
    await project.engine.powers.lifecycle.pause(one, await holdOf(project));
    const paused = await project.event("paused", "one");
    expect(paused.replica.ready).toBe(true);
    const unready = await project.event("unready", "one");
    expect(unready.by).toBe("itself");
    expect(unready.at - paused.at).toBeLessThan(5_000_000);
  });
});

describe("the restart policy", () => {
  test("waits 100 ms, then twice as long after each death", async () => {
    const project = await openProject([
      serverSpec("one", { restart: { mode: "always", maxRetries: null } }),
    ]);
    await project.up();
    for (let death = 1; death <= 3; death++) {
      await project.engine.powers.crash.crash(await project.get("one"));
      await vi.waitFor(async () => {
        expect(await project.get("one")).toMatchObject({ state: "running", restarts: death });
      }, PATIENCE);
    }
    const at = (type: string) =>
      project.seen.filter((e) => e.type === type).map((e) => e.at / 1000);
    const [first, ...revived] = at("started");
    expect(first).toBeDefined();
    const waits = at("died").map((died, index) => (revived[index] ?? 0) - died);
    expect(waits).toHaveLength(3);
    for (const [index, floor] of [100, 200, 400].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(floor - 1);
    }
    expect(waits[0]).toBeLessThan(waits[2] as number);
  });

  test("on-failure:2 revives twice, and start by hand gives it two more", async () => {
    const policy = { mode: "on-failure", maxRetries: 2 } as const;
    const project = await openProject([serverSpec("one", { restart: policy })]);
    await project.up();
    const { lifecycle } = project.engine.powers;
    const crashUntilDown = async (): Promise<void> => {
      for (let life = 0; life < 3; life++) {
        await vi.waitFor(
          async () => expect((await project.get("one")).state).toBe("running"),
          PATIENCE,
        );
        await project.engine.powers.crash.crash(await project.get("one"));
      }
    };
    await crashUntilDown();
    expect(await project.get("one")).toMatchObject({ state: "exited", restarts: 2 });
    await lifecycle.start(await project.get("one"));
    await crashUntilDown();
    expect(await project.get("one")).toMatchObject({ state: "exited", restarts: 4 });
  });

  test("on-failure leaves a clean exit alone, and no other process's death is ours", async () => {
    const policy = { mode: "on-failure", maxRetries: null } as const;
    const project = await openProject([shellSpec("one", "sleep 0.6; exit 0", { restart: policy })]);
    await project.up();
    const died = await project.event("died", "one");
    expect(died).toMatchObject({ exitCode: 0, by: "itself", replica: { state: "exited" } });
  });

  test("heals a death that neither aegis nor the replica caused", async () => {
    const project = await openProject([
      serverSpec("one", { restart: { mode: "unless-stopped", maxRetries: null } }),
    ]);
    await project.up();
    signalProcess(await project.pidOf("one"), "SIGSEGV");
    const died = await project.event("died", "one");
    expect(died).toMatchObject({ signal: "SIGSEGV", exitCode: null, by: "itself" });
    await project.event("started", "one", ({ by }) => by === "policy");
  });

  test("keeps the port over lives", async () => {
    const project = await openProject([
      serverSpec("one", { restart: { mode: "always", maxRetries: null } }),
    ]);
    await project.up();
    const before = await project.engine.addressOf(null, "one", 3000);
    await project.engine.powers.crash.crash(await project.get("one"));
    await project.event("ready", "one", ({ replica }) => replica.restarts === 1);
    expect(await project.engine.addressOf(null, "one", 3000)).toEqual(before);
  });
});

describe("a replica is given", () => {
  test("its ports, the addresses it refers to, and where members are listed", async () => {
    const script =
      "echo $PORT $PORT_CONTROL $UPSTREAM $0 $AEGIS_REPLICA; cat $AEGIS_MEMBERS_DIR/web.json; exec sleep 1000";
    const one = shellSpec("one", "", {
      environment: { UPSTREAM: "http://{address:web:3000}/", PORT: "80" },
      process: {
        command: ["sh", "-c", script, "{port}:{package}"],
        port: 80,
        extraPorts: { control: 81 },
        cwd: null,
      },
    });
    const project = await openProject([one, serverSpec("web")]);
    await project.up();
    const [port, control, web] = await Promise.all(
      [["one", 80] as const, ["one", 81] as const, ["web", 3000] as const].map(
        async ([service, known]) => (await project.engine.addressOf(null, service, known)).port,
      ),
    );
    await vi.waitFor(async () => {
      const lines: string[] = [];
      const signal = AbortSignal.timeout(5_000);
      for await (const { text } of project.engine.logs({
        names: ["one"],
        follow: false,
        tail: null,
        signal,
      })) {
        lines.push(text);
      }
      expect(lines[0]).toMatch(
        new RegExp(`^${port} ${control} http://127.0.0.1:${web}/ ${port}:/.* one$`),
      );
      expect(JSON.parse(lines[1] ?? "")).toEqual({
        members: [{ name: "web", host: "127.0.0.1", port: web }],
      });
    }, PATIENCE);
  });

  test("an exec that takes too long is ended, with its children", async () => {
    const project = await openProject([serverSpec("one")]);
    await project.up();
    const { exec } = project.engine.powers;
    const one = await project.get("one");
    await expect(exec.run(one, ["sh", "-c", "sleep 1000; true"], 200)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("did not finish within 200 ms"),
    });
    await expect(exec.run(one, ["no-such-program"], 200)).rejects.toMatchObject({
      code: "ENVIRONMENT",
    });
    const long = await exec.run(one, ["sh", "-c", "seq 1 2000"], 10_000);
    expect(Buffer.byteLength(long.stdout)).toBe(4096);
    expect(long.stdout).toMatch(/1999\n2000\n$/);
  });
});

test("a command whose caller has gone is ended: it must not go on while its harm is undone", async () => {
  const project = await openProject([serverSpec("one")]);
  await project.up();
  const caller = await project.open();
  const script = "echo $$ > pid; exec sleep 1000";
  const running = caller.powers.exec.run(await project.get("one"), ["sh", "-c", script], 60_000);
  const gone = expect(running).rejects.toMatchObject({ code: "ENVIRONMENT" });
  const pid = await vi.waitFor(() => {
    const read = Number(readFileSync(join(project.stack.directory, "pid"), "utf8"));
    expect(read).toBeGreaterThan(0);
    return read;
  }, PATIENCE);
  await caller.close();
  await gone;
  await vi.waitFor(() => expect(["gone", "Z"]).toContain(stateOf(pid)), PATIENCE);
});

test("members are all declared replicas of a service but removed ones, dead or alive", async () => {
  const pair = { service: "web" };
  const project = await openProject([serverSpec("web1", pair), serverSpec("web2", pair)]);
  await project.up();
  const members = (): string[] => {
    const text = readFileSync(join(stateFiles(project.stateDirectory).members, "web.json"), "utf8");
    return (JSON.parse(text) as { members: { name: string }[] }).members.map(({ name }) => name);
  };
  const { lifecycle } = project.engine.powers;
  await lifecycle.stop(await project.get("web1"), null);
  expect(members()).toEqual(["web1", "web2"]);
  const web2 = await project.get("web2");
  await lifecycle.remove(web2, await holdOf(project));
  expect(members()).toEqual(["web1"]);
  await lifecycle.recreate(web2);
  expect(members()).toEqual(["web1", "web2"]);
});

test("a detached process that is no replica of ours is not touched by down", async () => {
  const stranger = startStranger();
  const project = await openProject([parentSpec("one")]);
  await project.up();
  await project.engine.down();
  expect(stateOf(stranger)).toMatch(/[SR]/);
});
