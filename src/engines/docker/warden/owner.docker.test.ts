import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { world } from "../../process/testing/world.ts";
import type { DownPlan, Undo } from "./index.ts";
import { type ComposeProject, openComposeProject, PATIENCE, sleepers } from "./testing/project.ts";

const SERVICES = ["paused", "stopped", "killed", "removed"] as const;
const HARMED = ["paused", "exited", "exited", "removed"];
const WELL = ["running", "running", "running", "running"];

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function upProject(name: string, composeFile: string): Promise<ComposeProject> {
  const project = openComposeProject(name, composeFile);
  cleanups.push(() => project.remove());
  await project.compose("up", "-d");
  return project;
}

interface OwnerOptions {
  readonly project: ComposeProject;
  readonly ttlMs: number;
  readonly down?: DownPlan;
  readonly undos?: readonly Undo[];
  /** Runs with `api` and `hold(service)` in scope. */
  readonly harm: string;
}

/** Another process that takes out a lease, does harm, prints "held", and tells when the lease is lost. */
async function startOwner({ project, ttlMs, harm, ...given }: OwnerOptions): Promise<ChildProcess> {
  const dist = join(world.packageRoot, "dist", "src");
  const { down = null, undos = [] } = given;
  const script = `
    import { createHost } from "${dist}/cli/host.js";
    import { connectDocker } from "${dist}/engines/docker/client.js";
    import { createWardens } from "${dist}/engines/docker/warden/index.js";
    const { world } = createHost();
    const client = connectDocker(world.env);
    const { api } = client;
    const wardens = createWardens({ client, world, project: ${JSON.stringify(project.name)}, images: [] });
    const options = { ttlMs: ${ttlMs}, downOnExpiry: ${down !== null}, down: ${JSON.stringify(down)} };
    const { id, lost } = await wardens.open(options);
    lost.addEventListener("abort", () => {
      console.log("lost: " + lost.reason.code + " " + lost.reason.message);
    });
    const undos = ${JSON.stringify(undos)};
    const hold = async (name) => {
      const undo = undos.find((one) => one.name === name);
      await wardens.hold({ lease: id, injection: "harm#1" }, undo);
      return api.getContainer(undo.id ?? undo.create.of);
    };
    ${harm}
    console.log("held");
    setInterval(() => {}, 1000);
  `;
  const file = join(project.directory, "owner.mjs");
  writeFileSync(file, script);
  const owner = spawn(world.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  cleanups.push(async () => void owner.kill("SIGKILL"));
  await said(owner, /held/);
  return owner;
}

function said(owner: ChildProcess, what: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    owner.stdout?.on("data", (chunk: Buffer) => {
      if (what.test(chunk.toString())) resolve(chunk.toString());
    });
    owner.once("exit", () => reject(new Error("the owner has ended")));
  });
}

const FOUR_HARMS = `
  await (await hold("paused")).pause();
  await (await hold("stopped")).stop();
  await (await hold("killed")).kill();
  await (await hold("removed")).remove({ force: true, v: true });
`;

async function harmedBy(name: string, ttlMs: number) {
  const project = await upProject(name, sleepers(...SERVICES));
  const undos = await Promise.all([
    project.undo("paused", "unpause"),
    project.undo("stopped", "start"),
    project.undo("killed", "start"),
    project.undo("removed", "recreate"),
  ]);
  const owner = await startOwner({ project, ttlMs, undos, harm: FOUR_HARMS });
  const states = () => Promise.all(SERVICES.map((service) => project.state(service)));
  return { project, owner, states };
}

const noHelpers = (project: ComposeProject) =>
  vi.waitFor(async () => expect(await project.helpers()).toEqual([]), PATIENCE);

describe("an owner that", () => {
  test("was killed has all its harm undone, and its helper goes, with nobody typing a command", async () => {
    const { project, owner, states } = await harmedBy("warden-killed", 5_000);
    expect(await states()).toEqual(HARMED);
    owner.kill("SIGKILL");
    await vi.waitFor(async () => expect(await states()).toEqual(WELL), PATIENCE);
    await noHelpers(project);
  });

  test("lives keeps its lease, whoever asks; killed, it has no say any more", async () => {
    const { project, owner, states } = await harmedBy("warden-living", 60_000);
    const lost = vi.fn();
    owner.stdout?.on("data", lost);
    const finder = project.wardens();
    expect(await finder.isFree()).toMatchObject({
      no: expect.stringContaining(`${project.name} is in use by pid ${owner.pid} on `),
      hint: expect.stringContaining(`kill -INT ${owner.pid}`),
    });
    await expect(finder.expireOthers()).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining(`in use by pid ${owner.pid}`),
    });
    expect(await states()).toEqual(HARMED);
    expect(lost).not.toHaveBeenCalled();
    const died = once(owner, "exit");
    owner.kill("SIGKILL");
    await died;
    expect(await finder.isFree()).toBe(true);
    await finder.expireOthers();
    expect(await states()).toEqual(WELL);
  });

  test("cannot be seen from here keeps its lease as long as its helper runs; one that has stopped is told to finish", async () => {
    const project = await upProject("warden-unseen", sleepers("one"));
    const { api } = project.client;
    const labels = { "aegis.project": project.name, "aegis.role": "warden" };
    const owner = { host: "build7", pid: 12, start: "34", boot: "another", pidNamespace: "" };
    const unseen = await api.createContainer({
      Image: "node:24-bookworm-slim",
      Cmd: ["node", "-e", "setInterval(() => {}, 1e6)"],
      Labels: { ...labels, "aegis.owner": JSON.stringify(owner) },
    });
    await unseen.start();
    const finder = project.wardens();
    const free = await finder.isFree();
    expect(free).toMatchObject({ no: expect.stringContaining("in use by pid 12 on build7") });
    await expect(finder.expireOthers()).rejects.toMatchObject({ code: "ENVIRONMENT" });
    expect((await unseen.inspect()).State.Running).toBe(true);
    await unseen.kill();
    expect(await finder.isFree()).toBe(true);
    const expiring = finder.expireOthers();
    const isRunning = async () => (await unseen.inspect()).State.Running;
    await vi.waitFor(async () => expect(await isRunning()).toBe(true), PATIENCE);
    await world.clock.sleep(1_000);
    await unseen.remove({ force: true });
    await expiring;
  });

  test("hangs has its harm undone when the time to live has passed, and is told when it goes on", async () => {
    const { project, owner, states } = await harmedBy("warden-hung", 5_000);
    expect(await states()).toEqual(HARMED);
    const lost = said(owner, /lost/);
    owner.kill("SIGSTOP");
    await vi.waitFor(async () => expect(await states()).toEqual(WELL), PATIENCE);
    await noHelpers(project);
    owner.kill("SIGCONT");
    expect(await lost).toMatch(/lost: ENVIRONMENT the lease .* has run out/);
  });

  test("was killed while its stop was under way: the replica is started when it has stopped", async () => {
    const stubborn = `
version: "2.4"
services:
  stubborn: { image: node:24-bookworm-slim, command: sleep 1000, restart: always, stop_grace_period: 4s }
`;
    const project = await upProject("warden-stop", stubborn);
    const before = await project.inspect("stubborn");
    const owner = await startOwner({
      project,
      ttlMs: 60_000,
      undos: [await project.undo("stubborn", "start")],
      harm: `void (await hold("stubborn")).stop({ t: 4 });
             await new Promise((resolve) => setTimeout(resolve, 300));`,
    });
    expect((await project.inspect("stubborn")).State).toMatchObject({ Running: true });
    owner.kill("SIGKILL");
    await vi.waitFor(async () => {
      const { State } = await project.inspect("stubborn");
      expect(State.Running).toBe(true);
      expect(State.Pid).not.toBe(before.State.Pid);
    }, PATIENCE);
    await noHelpers(project);
  });

  test("had started the stack takes it along, paused as it may be: containers, networks, volumes of its own", async () => {
    const project = await upProject(
      "warden_-down-9",
      `
version: "2.4"
services:
  one: { image: node:24-bookworm-slim, command: sleep 1000, stop_grace_period: 1s }
  two:
    image: node:24-bookworm-slim
    command: sleep 1000
    stop_grace_period: 1s
    volumes: [made:/made, kept:/kept, /anonymous]
volumes: { made: {}, kept: {} }
`,
    );
    const { api } = project.client;
    const label = [`com.docker.compose.project=${project.name}`];
    const kept = `${project.name}_kept`;
    const anonymous = (await project.inspect("two")).Mounts.find(
      ({ Destination }) => Destination === "/anonymous",
    )?.Name as string;
    cleanups.push(
      async () =>
        void (await api
          .getVolume(kept)
          .remove()
          .catch(() => undefined)),
    );
    const owner = await startOwner({
      project,
      ttlMs: 60_000,
      down: { project: project.name, keepVolumes: [kept] },
      undos: [await project.undo("one", "unpause"), await project.undo("two", "recreate")],
      harm: `await (await hold("one")).pause(); await hold("two");`,
    });
    owner.kill("SIGKILL");
    await noHelpers(project);
    expect(await api.listContainers({ all: true, filters: { label } })).toEqual([]);
    expect(await api.listNetworks({ filters: { label } })).toEqual([]);
    const { Volumes } = await api.listVolumes({ filters: { label } });
    expect(Volumes.map(({ Name }) => Name)).toEqual([kept]);
    await expect(api.getVolume(anonymous).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });
});
