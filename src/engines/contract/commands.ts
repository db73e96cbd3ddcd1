import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { CommandHarm, Hold } from "../../model/powers.ts";
import type { Lease } from "../engine.ts";
import { type ContractBench, PATIENCE } from "./bench.ts";

const UNKNOWN = { key: "no/such", service: "no", name: "such", instance: null };
const LIMIT_MS = 20_000;

/** What commands beside a replica owe, and their undoing at the end of a lease. */
export function describeCommands(bench: ContractBench): void {
  describe("commands", () => {
    testRuns(bench);
    describe("that do held harm", () => {
      const begin = scenesOf(bench);
      testUndoing(bench, begin);
      testRefusals(bench, begin);
    });
  });
}

function testRuns(bench: ContractBench): void {
  test("run beside a replica that runs", async () => {
    await bench.up();
    const { exec } = bench.engine.powers;
    const command = ["sh", "-c", "echo $NAME; echo oops >&2; exit 3"];
    const result = await exec.run(await bench.get("web2"), command, 10_000);
    if (bench.subject.real) {
      expect(result).toEqual({ exitCode: 3, stdout: "web2\n", stderr: "oops\n" });
    }
    const stopped = await bench.get("front");
    await bench.lifecycle.stop(stopped, null);
    await expect(exec.run(stopped, ["true"], 1_000)).rejects.toMatchObject({ code: "ENVIRONMENT" });
  });
}

function testUndoing(bench: ContractBench, begin: () => Promise<Scene>): void {
  test("are undone by their own at the end of the lease, once", async () => {
    const { lease, hold, harm, traces } = await begin();
    const web1 = await bench.get("web1");
    await bench.engine.powers.exec.hold(web1, harm, hold);
    await bench.engine.powers.exec.run(web1, harm.run, LIMIT_MS);
    expect(await traces("web1")).toEqual(bench.subject.real ? ["harmed"] : []);
    await lease.release();
    await lease.release();
    expect(await traces("web1")).toEqual(bench.subject.real ? ["undone"] : []);
  });

  test("are undone also when they never began, and after all else that is held of the replica", async () => {
    const { lease, hold, harm, traces } = await begin();
    const [front, web1] = [await bench.get("front"), await bench.get("web1")];
    await bench.engine.powers.exec.hold(front, harm, hold);
    await bench.engine.powers.exec.hold(web1, harm, hold);
    await bench.lifecycle.pause(web1, hold);
    await bench.lifecycle.stop(front, hold);
    await lease.release();
    for (const name of ["front", "web1"]) {
      expect(await bench.get(name)).toMatchObject({ state: "running" });
      expect(await traces(name)).toEqual(bench.subject.real ? ["undone"] : []);
    }
  });

  test("stay held when the replica is put right, and no longer when they are undone", async () => {
    const { lease, hold, harm, traces } = await begin();
    const [web1, web2] = [await bench.get("web1"), await bench.get("web2")];
    const { exec } = bench.engine.powers;
    await exec.hold(web1, harm, hold);
    await exec.hold(web2, harm, hold);
    await bench.lifecycle.pause(web1, hold);
    await bench.lifecycle.unpause(web1);
    await exec.free(web2, harm);
    await exec.free(web2, harm);
    await lease.release();
    if (!bench.subject.real) return;
    expect(await traces("web1")).toEqual(["undone"]);
    expect(await traces("web2")).toEqual([]);
  });

  test("are ended when they still run", async () => {
    const { lease, hold, harm, traces } = await begin();
    if (!bench.subject.real) return;
    const web1 = await bench.get("web1");
    const slow = { ...harm, run: [...harm.run.slice(0, 2), `${harm.run[2]}; exec sleep 1000`] };
    await bench.engine.powers.exec.hold(web1, slow, hold);
    const running = bench.engine.powers.exec.run(web1, slow.run, 600_000);
    await vi.waitFor(async () => expect(await traces("web1")).toEqual(["harmed"]), PATIENCE);
    await lease.release();
    expect((await running).exitCode).not.toBe(0);
    expect(await traces("web1")).toEqual(["undone"]);
  });
}

function testRefusals(bench: ContractBench, begin: () => Promise<Scene>): void {
  test("count as undone when the replica is gone, and are refused beside one that is", async () => {
    const { lease, hold, harm } = await begin();
    const { exec } = bench.engine.powers;
    const web1 = await bench.get("web1");
    await exec.hold(web1, harm, hold);
    await bench.lifecycle.remove(web1, await bench.hold());
    await lease.release();
    expect(await bench.lifecycle.stateOf(web1)).toMatchObject({ state: "removed" });
    const again = exec.hold(web1, harm, await bench.hold());
    await expect(again).rejects.toMatchObject({ code: "ENVIRONMENT" });
    await exec.free(web1, harm);
    await exec.free(UNKNOWN, harm);
  });

  test("are refused under a lease that has ended", async () => {
    const { lease, hold, harm } = await begin();
    await lease.release();
    const late = bench.engine.powers.exec.hold(await bench.get("web1"), harm, hold);
    await expect(late).rejects.toMatchObject({ code: "ENVIRONMENT" });
  });
}

/** A stack that is up, a lease, and harm that leaves a trace. */
interface Scene {
  readonly lease: Lease;
  readonly hold: Hold;
  readonly harm: CommandHarm;
  /** `harmed` once it was done, `undone` for each time that it was undone. */
  traces(name: string): Promise<readonly string[]>;
  clean(): Promise<void>;
}

/** Opens scenes, of which nothing is left after the test. */
function scenesOf(bench: ContractBench): () => Promise<Scene> {
  const scenes: Scene[] = [];
  afterEach(async () => {
    for (const scene of scenes.splice(0)) await scene.clean();
  });
  return async () => {
    const scene = await openScene(bench);
    scenes.push(scene);
    return scene;
  };
}

async function openScene(bench: ContractBench): Promise<Scene> {
  await bench.up();
  const lease = await bench.engine.lease({ ttlMs: 30_000, downOnExpiry: false });
  const { exec } = bench.engine.powers;
  const file = `/tmp/aegis-contract-${randomUUID()}`;
  const of = (script: string) => ["sh", "-c", script.replaceAll("FILE", `${file}-$NAME`)];
  const beside = async (name: string, script: string): Promise<string> => {
    const result = await exec.run(await bench.get(name), of(script), LIMIT_MS);
    return result.stdout;
  };
  return {
    lease,
    hold: { lease: lease.id, injection: "harm#1" },
    harm: {
      run: of("echo harmed > FILE"),
      undo: of("rm -f FILE; echo undone >> FILE-undone"),
      timeoutMs: LIMIT_MS,
    },
    traces: async (name) => {
      const said = await beside(name, "cat FILE FILE-undone 2> /dev/null; true");
      return said.split("\n").filter((line) => line !== "");
    },
    clean: async () => {
      for (const { name, state } of await bench.engine.replicas()) {
        if (state === "running") await beside(name, "rm -f FILE FILE-undone");
      }
    },
  };
}
