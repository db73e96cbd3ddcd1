import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { docker, projectResidue } from "../../../../test/lab/docker.ts";
import type { Release } from "../../../model/stack.ts";
import { world } from "../../process/testing/world.ts";
import { openProject } from "../project.ts";
import { openEngine, PATIENCE, specOf } from "../testing/project.ts";
import { nextName } from "../warden/program/next-name.ts";
import { declaredOf } from "./declared.ts";
import { nextContainer } from "./next-container.ts";
import { webProject } from "./testing/web-project.ts";

const { project, stack, client, name, v2, ...rest } = webProject("cut-short");
const { engine, web, inspect, pinned, change, containers } = rest;
const NEXT = nextName(name);

/** The anonymous volume that `web` has. */
async function volume(): Promise<string> {
  const { Mounts } = await inspect();
  return Mounts.find(({ Destination }) => Destination === "/data")?.Name as string;
}

describe("a change that was cut short", () => {
  let before: Release;
  let release: Release;

  /** Makes the next container as a change would have. */
  async function makeNext(): Promise<void> {
    const { lifecycle, releases } = engine().powers;
    const target = await web();
    before = await releases.of(target);
    release = await pinned(v2);
    await lifecycle.stop(target, null);
    const info = await inspect();
    const opened = openProject(stack, client, world, join(stack.directory, "state"));
    const declared = await declaredOf(opened, { spec: specOf("web") }, info);
    const options = nextContainer(info, declared, release, release.image as string);
    await client.api.createContainer({ name: options.name, ...options.body });
  }

  test("before the old container went is as if it had not begun, until it is done again", async () => {
    await makeNext();
    const kept = await volume();
    expect(await engine().belongings()).toContain(`container ${NEXT}`);
    const fresh = await openEngine(stack);
    onTestFinished(() => fresh.close());
    const { releases, lifecycle } = fresh.powers;
    expect(await releases.of(await web())).toEqual(before);
    await releases.put(await web(), release);
    expect(await containers()).toBe(name);
    expect(await releases.of(await web())).toEqual(release);
    await releases.put(await web(), before);
    await lifecycle.start(await web());
    expect(await engine().belongings()).not.toContain(`container ${NEXT}`);
    expect(await volume()).toBe(kept);
  });

  test("before the old container went is undone when the replica is started", async () => {
    await makeNext();
    const { Id } = await inspect();
    const fresh = await openEngine(stack);
    onTestFinished(() => fresh.close());
    await fresh.powers.lifecycle.start(await web());
    expect(await containers()).toBe(name);
    expect(await inspect()).toMatchObject({ Id, State: { Running: true } });
  });

  test("after the old container went is finished and undone", async () => {
    await makeNext();
    await docker("rm", name);
    const fresh = await openEngine(stack);
    onTestFinished(() => fresh.close());
    const { releases, lifecycle } = fresh.powers;
    expect(await releases.of(await web())).toEqual(release);
    await releases.put(await web(), release);
    expect(await containers()).toBe(name);
    await releases.put(await web(), before);
    await lifecycle.start(await web());
    expect((await fresh.replicas("web"))[0]).toMatchObject({ state: "running", ready: true });
    expect(await releases.of(await web())).toEqual(before);
  });

  test.each(["its own name", "its first name"])(
    "leaves a replica that runs again when its owner has died, under %s",
    async (which) => {
      const doomed = await openEngine(stack);
      const target = await web();
      const { id: lease } = await doomed.lease({ ttlMs: 60_000, downOnExpiry: false });
      const { lifecycle, releases } = doomed.powers;
      await lifecycle.stop(target, { lease, injection: "rollout#1" });
      await releases.put(target, release);
      if (which !== "its own name") await docker("rename", name, NEXT);
      const { Id } = await client.api
        .getContainer(which === "its own name" ? name : NEXT)
        .inspect();
      await doomed.close();
      await vi.waitFor(async () => {
        expect(await inspect()).toMatchObject({ Id, State: { Running: true } });
        expect(await web()).toMatchObject({ state: "running", version: "v2" });
      }, PATIENCE);
      await change(before);
    },
  );

  test("leaves nothing after a down", async () => {
    await makeNext();
    const kept = await volume();
    await engine().down();
    expect(await projectResidue(project)).toEqual([]);
    await expect(docker("volume", "inspect", kept)).rejects.toThrow(/No such volume/i);
  });
});
