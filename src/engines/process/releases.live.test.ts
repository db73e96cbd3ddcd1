import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { serverSpec, V2 } from "../contract/stack.ts";
import type { Engine, LogLine } from "../engine.ts";
import { readJson } from "../json-file.ts";
import { DECLARED_RELEASE } from "../released.ts";
import { stateFiles } from "./state-files.ts";
import { openProject, PATIENCE, type TestProject } from "./testing/project.ts";

const web = { service: "web", versions: { v2: V2 } };
const QUIETLY = { fetch: true, onProgress: () => undefined };

interface MembersFile {
  readonly members: readonly { readonly name: string; readonly port: number }[];
}

/** Of the service `web`, as forwarders read it. */
function membersOf({ stateDirectory }: TestProject): MembersFile["members"] {
  const path = join(stateFiles(stateDirectory).members, "web.json");
  return (readJson<MembersFile>(path) as MembersFile).members;
}

async function upWith(...specs: Parameters<typeof serverSpec>[]): Promise<TestProject> {
  const project = await openProject(specs.map((spec) => serverSpec(...spec)));
  await project.up();
  return project;
}

async function holdOn({ engine }: TestProject, ttlMs = 60_000) {
  const lease = await engine.lease({ ttlMs, downOnExpiry: false });
  return { lease, hold: { lease: lease.id, injection: "update#1" } };
}

function ready(project: TestProject, name: string): Promise<void> {
  return vi.waitFor(
    async () => expect(await project.get(name)).toMatchObject({ ready: true }),
    PATIENCE,
  );
}

async function logOf(engine: Engine, names: readonly string[]): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  const signal = AbortSignal.timeout(10_000);
  for await (const line of engine.logs({ names, follow: false, tail: null, signal }))
    lines.push(line);
  return lines;
}

describe("forwarders", () => {
  test("find a newcomer once it is ready, and keep its address when it takes the place of the old one", async () => {
    const project = await upWith(["web1", web], ["web2", web]);
    const { members, lifecycle } = project.engine.powers;
    const { hold } = await holdOn(project);
    const before = membersOf(project);
    const web1 = await project.get("web1");

    await members.add(web1, V2, hold);
    await ready(project, "web1+");
    const during = membersOf(project);
    expect(during.map(({ name }) => name)).toEqual(["web1", "web1+", "web2"]);
    const port = during[1]?.port as number;
    expect(new Set(during.map((one) => one.port)).size).toBe(3);
    const answers = await Promise.all(
      during.map(async (one) => (await fetch(`http://127.0.0.1:${one.port}/`)).headers),
    );
    expect(answers.map((headers) => [headers.get("x-replica"), headers.get("x-version")])).toEqual([
      ["web1", "v1"],
      ["web1", "v2"],
      ["web2", "v1"],
    ]);
    await lifecycle.stop(web1, hold);
    await members.promote(web1);
    expect(membersOf(project)).toEqual([{ ...before[0], port }, before[1]]);
    expect(await project.engine.addressOf(null, "web1", null)).toMatchObject({ port });
  });

  test("never hear of one that does not get ready, nor any more of one that is not", async () => {
    const project = await upWith(["web1", web]);
    const { members, crash } = project.engine.powers;
    const { hold } = await holdOn(project);
    const before = membersOf(project);
    const web1 = await project.get("web1");
    await members.add(web1, { ...V2, env: { NEVER_READY: "1" } }, hold);
    await vi.waitFor(
      async () => expect(await project.get("web1+")).toMatchObject({ version: "v1" }),
      PATIENCE,
    );
    expect(membersOf(project)).toEqual(before);
    await members.dismiss(web1);
    const newcomer = await members.add(web1, V2, hold);
    await ready(project, "web1+");
    expect(membersOf(project)).toHaveLength(2);
    await crash.crash(newcomer);
    await project.event("died", "web1+", ({ signal }) => signal === "SIGKILL");
    expect(membersOf(project)).toEqual(before);
  });

  test("that are told an address once speak against a newcomer", async () => {
    const project = await upWith(
      ["web1", web],
      ["front", { environment: { WEB: "http://{address:web}" } }],
    );
    const { members } = project.engine.powers;
    const web1 = await project.get("web1");
    const refusal = await members.refusal(web1);
    expect(refusal).toContain("front is started with the address of web");
    const { hold } = await holdOn(project);
    await expect(members.add(web1, V2, hold)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining(refusal as string),
      hint: expect.stringContaining("in-place"),
    });
    expect(await project.engine.replicas()).toHaveLength(2);
  });
});

describe("a newcomer", () => {
  test("writes to the log of the old one, under its name, and what it wrote stays there", async () => {
    const project = await upWith(["web1", web]);
    const { members, exec, lifecycle } = project.engine.powers;
    const { hold } = await holdOn(project);
    const web1 = await project.get("web1");
    const newcomer = await members.add(web1, V2, hold);
    await ready(project, "web1+");
    const both = ["web1 listens", "web1 listens"];
    for (const names of [["web1"], ["web1+"], ["web1", "web1+"]]) {
      const lines = await logOf(project.engine, names);
      expect(lines.map(({ replica, text }) => [replica, text])).toEqual(
        both.map((text) => ["web1", text]),
      );
    }
    const told = await exec.run(
      newcomer,
      ["sh", "-c", "echo $AEGIS_REPLICA $NAME $APP_VERSION"],
      5_000,
    );
    expect(told.stdout).toBe("web1 web1 v2\n");
    expect((await project.engine.usage()).map(({ replica }) => replica)).toEqual(["web1", "web1+"]);
    await members.dismiss(web1);
    expect(await logOf(project.engine, ["web1"])).toHaveLength(2);
    await lifecycle.remove(web1, hold);
    expect(await logOf(project.engine, ["web1"])).toHaveLength(0);
  });

  test("that cannot be started leaves nothing behind", async () => {
    const project = await upWith(["web1", web]);
    const { members } = project.engine.powers;
    const { hold } = await holdOn(project);
    const web1 = await project.get("web1");
    const nothing = { ...V2, command: ["/no/such/program"] };
    await expect(members.add(web1, nothing, hold)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("web1+ cannot start"),
    });
    expect(await members.beside(web1)).toBeNull();
    expect(await project.engine.replicas()).toHaveLength(1);
    await members.add(web1, V2, hold);
  });

  test("that is not running cannot take the place of another", async () => {
    const project = await upWith(["web1", web]);
    const { members, lifecycle } = project.engine.powers;
    const { hold } = await holdOn(project);
    const web1 = await project.get("web1");
    const newcomer = await members.add(web1, V2, hold);
    await lifecycle.stop(web1, hold);
    await lifecycle.kill(newcomer, hold);
    await expect(members.promote(web1)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("web1+ is not running"),
    });
    await lifecycle.start(web1);
    await members.dismiss(web1);
    await ready(project, "web1");
  });
});

describe("when the lease of a rollout ends", () => {
  test("a replica that was given a release and not started yet serves as before", async () => {
    const project = await upWith(["web1", web]);
    const { releases, lifecycle } = project.engine.powers;
    const { lease, hold } = await holdOn(project);
    const web1 = await project.get("web1");
    await lifecycle.stop(web1, hold);
    await releases.put(web1, V2);
    expect(await releases.of(web1)).toEqual(V2);
    await lease.release();
    expect(await releases.of(web1)).toEqual(DECLARED_RELEASE);
    await vi.waitFor(async () => {
      expect(await project.get("web1")).toMatchObject({ ready: true, version: "v1" });
    }, PATIENCE);
  });

  test("because nobody renews it, the old one is back before the newcomer goes", async () => {
    const project = await upWith(["web1", web]);
    const client = await project.open();
    const { members, lifecycle } = client.powers;
    const { id } = await client.lease({ ttlMs: 1_500, downOnExpiry: false });
    const hold = { lease: id, injection: "update#1" };
    const web1 = await project.get("web1");
    await members.add(web1, V2, hold);
    await ready(project, "web1+");
    await lifecycle.stop(web1, hold);
    await client.close();
    const back = await project.event("ready", "web1", ({ instance }) => instance !== web1.instance);
    const gone = await project.event("removed", "web1+");
    expect(gone.at).toBeGreaterThan(back.at);
    expect(gone.by).toBe("policy");
  });
});

describe("a version", () => {
  test("may be another program", async () => {
    const project = await upWith(["web1", web]);
    const { releases, lifecycle } = project.engine.powers;
    const web1 = await project.get("web1");
    const other = { ...V2, env: {}, command: ["node", "server.mjs", "--other", "{port}"] };
    const pinned = await releases.pin(web1, other, QUIETLY);
    await lifecycle.stop(web1, null);
    await releases.put(web1, pinned);
    await lifecycle.start(web1);
    await ready(project, "web1");
    const command = readFileSync(`/proc/${await project.pidOf("web1")}/cmdline`, "utf8").split(
      "\0",
    );
    expect(command.slice(1, 4)).toEqual(["server.mjs", "--other", command[3]]);
    expect(command[3]).toMatch(/^\d+$/);
  });

  test("that no answer names is known by its name", async () => {
    const identify = { replica: null, version: null };
    const project = await upWith(["web1", { ...web, identify }]);
    const { releases, lifecycle } = project.engine.powers;
    const web1 = await project.get("web1");
    expect(web1.version).toBeNull();
    await lifecycle.stop(web1, null);
    await releases.put(web1, V2);
    await lifecycle.start(web1);
    expect((await project.get("web1")).version).toBe("v2");
    await lifecycle.stop(web1, null);
    await releases.put(web1, DECLARED_RELEASE);
    expect((await project.get("web1")).version).toBeNull();
  });

  test("that is new in the file is known at once, and up restarts nobody for it", async () => {
    const project = await upWith(["web1", web]);
    const web1 = await project.get("web1");
    const v3 = { ...V2, name: "v3" };
    const other = await project.open([serverSpec("web1", { ...web, versions: { v3 } })]);
    expect(await other.powers.releases.named(web1)).toEqual({ v3 });
    await other.up({ timeoutMs: 10_000, onProgress: () => undefined });
    expect(await project.get("web1")).toEqual(web1);
  });

  test("that plain processes cannot be is refused, and its reason told", async () => {
    const project = await upWith(["web1", web]);
    const { releases } = project.engine.powers;
    const web1 = await project.get("web1");
    const pin = (changes: object) =>
      releases.pin(web1, { ...DECLARED_RELEASE, ...changes }, QUIETLY);
    await expect(pin({ name: "v2", image: "web:2" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "version v2 has only an image: plain processes need env or process.command",
    });
    await expect(pin({ env: { DB: "{address:nobody}" } })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("nobody"),
    });
    await expect(pin({ command: ["no-such-program"] })).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("command not found: no-such-program"),
    });
    expect(await releases.source(web1)).toBeNull();
  });
});
