import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { world } from "../../process/testing/world.ts";
import { connectDocker } from "../client.ts";
import { type ComposeProject, openComposeProject, PATIENCE, sleepers } from "./testing/project.ts";
import { type ProxyOptions, startDockerProxy } from "./testing/proxy.ts";

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A project whose daemon is reached, by us and by the helper, through a proxy. */
async function openBehindProxy(forbids?: ProxyOptions["forbids"]) {
  const directory = mkdtempSync(join(tmpdir(), "aegis-proxy-"));
  const socketPath = join(directory, "docker.sock");
  const target = connectDocker(world.env).socketPath as string;
  const proxy = await startDockerProxy({ socketPath, target, ...(forbids && { forbids }) });
  const client = connectDocker({ DOCKER_HOST: `unix://${socketPath}` });
  const project: ComposeProject = openComposeProject("warden-daemon", sleepers("one"), client);
  cleanups.push(async () => {
    await project.remove();
    await proxy.close();
    rmSync(directory, { recursive: true, force: true });
  });
  await project.compose("up", "-d");
  return { project, proxy };
}

describe("a daemon", () => {
  test("that refuses the host's pid namespace gets a helper without: leases work, crash is lacking", async () => {
    const forbidden = "authorization denied by plugin site: no host pid namespace";
    const { project } = await openBehindProxy((path, body) =>
      path.includes("/containers/create") && /"PidMode":"host"/.test(body) ? forbidden : null,
    );
    const wardens = project.wardens();
    const lease = await wardens.open({ ttlMs: 60_000, downOnExpiry: false, down: null });
    expect(wardens.canCrash).toMatchObject({
      no: expect.stringContaining(forbidden),
      hint: expect.stringMatching(/kill/),
    });
    const { Id, State } = await project.inspect("one");
    const crash = wardens.crash({ id: Id, pid: State.Pid, name: "one" });
    await expect(crash).rejects.toMatchObject({ code: "ENVIRONMENT" });
    await wardens.hold(
      { lease: lease.id, injection: "harm#1" },
      await project.undo("one", "unpause"),
    );
    await (await project.container("one")).pause();
    await lease.release();
    expect(await project.state("one")).toBe("running");
    expect(await project.helpers()).toEqual([]);
  });

  test("that refuses every helper makes taking out a lease fail with its words, and leaves nothing", async () => {
    const { project } = await openBehindProxy((path) =>
      /containers\/.*\/start/.test(path) ? "authorization denied: not today" : null,
    );
    const opening = project.wardens().open({ ttlMs: 60_000, downOnExpiry: false, down: null });
    await expect(opening).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(/cannot start a helper container from .*: .*not today/),
    });
    expect(await project.helpers()).toEqual([]);
  });

  test("that is in trouble when a lease ends is asked again until all is undone", async () => {
    const { project, proxy } = await openBehindProxy();
    const wardens = project.wardens();
    const lease = await wardens.open({ ttlMs: 60_000, downOnExpiry: false, down: null });
    const held = await project.undo("one", "unpause");
    const [helper = ""] = await project.helpers();
    await wardens.hold({ lease: lease.id, injection: "harm#1" }, held);
    await (await project.container("one")).pause();
    proxy.setAway(true);
    wardens.close();
    const direct = connectDocker(world.env).api;
    const said = async (): Promise<string> => {
      const options = { stdout: true, stderr: true, follow: false } as const;
      return (await direct.getContainer(helper.slice(1)).logs(options)).toString();
    };
    await vi.waitFor(async () => expect(await said()).toMatch(/trying again: away/), PATIENCE);
    proxy.setAway(false);
    await vi.waitFor(async () => expect(await project.state("one")).toBe("running"), PATIENCE);
    await vi.waitFor(async () => expect(await project.helpers()).toEqual([]), PATIENCE);
  });
});

describe("a helper image", () => {
  test.each([
    ["that cannot be had", "aegis.invalid/no-such", /no-such is not there and cannot be pulled/],
    ["without node", "debian:bookworm-slim", /cannot start a helper container.*node/s],
  ])("%s is refused with what to do", async (_what, image, message) => {
    const project = openComposeProject("warden-image", sleepers("one"));
    cleanups.push(() => project.remove());
    const wardens = project.wardens({ AEGIS_HELPER_IMAGE: image });
    const opening = wardens.open({ ttlMs: 60_000, downOnExpiry: false, down: null });
    await expect(opening).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/AEGIS_HELPER_IMAGE/),
    });
    expect(await project.helpers()).toEqual([]);
  });
});
