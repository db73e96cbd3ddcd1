import { describe, expect, onTestFinished, test } from "vitest";
import { docker } from "../../../../test/lab/docker.ts";
import type { Replica } from "../../../model/replica.ts";
import type { Release } from "../../../model/stack.ts";
import { releaseOf, webProject } from "./testing/web-project.ts";

const SLEEPER = { image: "node:24-bookworm-slim", command: ["sleep", "1000"], init: true };
const { project, v2, sources, engine, web, inspect, pinned, change } = webProject("pin", {
  others: { guest: { ...SLEEPER, network_mode: "service:lone" }, lone: SLEEPER },
});
const imageId = (image: string) => docker("image", "inspect", "--format", "{{.Id}}", image);

describe("what cannot be had is said before anything is touched", () => {
  test.each<[string, Release, string, RegExp]>([
    [
      "an image that is nowhere",
      releaseOf("localhost:1/none:1"),
      "ENVIRONMENT",
      /localhost:1\/none:1 is not here and cannot be pulled: .*refused/s,
    ],
    [
      "an image that is gone",
      releaseOf(`sha256:${"0".repeat(64)}`),
      "ENVIRONMENT",
      /is not here any more/,
    ],
    [
      "no name of an image",
      releaseOf("Web::2"),
      "INVALID_INPUT",
      /"Web::2" is no name of an image/,
    ],
    ["an option", releaseOf("--help"), "INVALID_INPUT", /"--help" is no name of an image/],
    [
      "sources that are not there",
      releaseOf(null, {
        build: { context: "/nowhere/none", dockerfile: null, target: null, args: {} },
      }),
      "INVALID_INPUT",
      /there is no .*none/,
    ],
    [
      "a version for processes only",
      releaseOf(null, { name: "v9", command: ["node"] }),
      "INVALID_INPUT",
      /v9 of web only says how it runs as a process/,
    ],
  ])("%s", async (_what, release, code, message) => {
    const { Id } = await inspect();
    await expect(pinned(release)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect((await inspect()).Id).toBe(Id);
    expect((await web()).ready).toBe(true);
  });

  test("a replica in whose network another one lives cannot be replaced", async () => {
    const [lone] = await engine().replicas("lone");
    const pinning = engine().powers.releases.pin(lone as Replica, v2, {
      fetch: true,
      onProgress: () => undefined,
    });
    await expect(pinning).rejects.toMatchObject({
      message: expect.stringMatching(/lone cannot be replaced: .*guest_1 lives in its network/),
    });
  });
});

describe("a look ahead", () => {
  test.each([
    [
      "builds nothing",
      releaseOf(null, {
        build: { context: sources("plan", "RUN exit 1"), dockerfile: null, target: null, args: {} },
      }),
      /^would build web from /,
    ],
    ["pulls nothing", releaseOf("aegis.invalid/no-such:1"), /would be pulled: aegis.invalid/],
  ])("%s, and says what would be", async (_what, release, message) => {
    const told: string[] = [];
    const looked = await engine().powers.releases.pin(await web(), release, {
      fetch: false,
      onProgress: (line) => told.push(line),
    });
    expect(looked).toEqual(release);
    expect(told).toEqual([expect.stringMatching(message)]);
  });

  test("of an image that is here is as good as pinned", async () => {
    const release = releaseOf((await inspect()).Config.Image);
    const looked = await engine().powers.releases.pin(await web(), release, {
      fetch: false,
      onProgress: () => undefined,
    });
    expect(looked.image).toMatch(/^sha256:/);
  });
});

describe("building", () => {
  const build = (name: string, more: string) => ({
    ...{ context: sources(name, more), dockerfile: null, target: null },
    args: { ANSWER: "42" },
  });

  test("makes an image that stays and is no residue, and says how it goes", async () => {
    const before = await engine().belongings();
    const told: string[] = [];
    const source = build("three", "ARG ANSWER\nRUN echo the answer is $ANSWER");
    const release = releaseOf(null, { build: source });
    const made = await engine().powers.releases.pin(await web(), release, {
      fetch: true,
      onProgress: (line) => told.push(line),
    });
    const name = `${project}-web:aegis-${made.image?.slice(7, 19)}`;
    onTestFinished(async () => void (await docker("rmi", name)));
    expect(told.join("\n")).toMatch(
      /building web from .*the answer is 42\n.*built \S+-web:aegis-/s,
    );
    expect(made).toEqual(releaseOf(await imageId(name)));
    expect(await engine().belongings()).toEqual(before);
  });

  test("makes an image that goes once nothing runs it and no way back needs it", async () => {
    const { dropUnused } = engine().powers.releases;
    const before = await pinned(releaseOf(null));
    const made = await pinned(releaseOf(null, { build: build("five", "RUN true") }));
    const name = `${project}-web:aegis-${made.image?.slice(7, 19)}`;
    await change(made);
    expect(await dropUnused(() => false)).toEqual([]);
    await change(before);
    expect(await dropUnused((id) => id === made.image)).toEqual([]);
    expect(await imageId(name)).toBe(made.image);
    expect(await dropUnused(() => false)).toEqual([name]);
    await expect(imageId(name)).rejects.toThrow("No such image");
  });

  test("that fails is told in the words of the one who built", async () => {
    const release = releaseOf(null, { build: build("four", "RUN echo it is broken && exit 3") });
    await expect(pinned(release)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringMatching(/the build of web failed: .*it is broken.*non-zero code: 3/s),
    });
  });
});
