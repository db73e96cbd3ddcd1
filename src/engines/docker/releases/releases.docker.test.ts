import { describe, expect, onTestFinished, test, vi } from "vitest";
import { compose, docker } from "../../../../test/lab/docker.ts";
import type { EngineEvent } from "../../../model/replica.ts";
import type { Release } from "../../../model/stack.ts";
import { openEngine, PATIENCE } from "../testing/project.ts";
import { releaseOf, webProject } from "./testing/web-project.ts";

const { project, stack, one, two, name, v2, ...rest } = webProject("releases", {
  front: { ipam: { config: [{ subnet: "198.18.91.0/24" }] } },
  address: { ipv4_address: "198.18.91.10" },
});
const { engine, web, inspect, pinned, change, inside, containers } = rest;
const imageId = (image: string) => docker("image", "inspect", "--format", "{{.Id}}", image);

/** Without what Docker chooses for each container. */
async function declared() {
  const { Id, Config, HostConfig, NetworkSettings, Image } = await inspect();
  const { Hostname, Volumes, ...config } = Config;
  const { Binds, ...hostConfig } = HostConfig;
  const networks = Object.entries(NetworkSettings.Networks).map(([network, each]) => ({
    network,
    aliases: (each.Aliases ?? []).filter((alias: string) => alias !== Id.slice(0, 12)).sort(),
    ipam: each.IPAMConfig ?? {},
  }));
  const config2 = { ...config, Env: [...config.Env].sort() };
  return { Image, config: config2, hostConfig, isNamedById: Id.startsWith(Hostname), networks };
}

describe("a replica that goes to another release and back", () => {
  let before: Release;
  let asDeclared: Awaited<ReturnType<typeof declared>>;

  test("runs what compose has made", async () => {
    before = await engine().powers.releases.of(await web());
    asDeclared = await declared();
    expect(before).toEqual(releaseOf(await imageId(one)));
  });

  test("is where all of its networks say, and nowhere while it is down", async () => {
    const { lifecycle, releases } = engine().powers;
    const { Networks } = (await inspect()).NetworkSettings;
    const inBack = Networks[`${project}_back`]?.IPAddress;
    expect(await releases.address(await web())).toBe(`${inBack} and 198.18.91.10`);
    await lifecycle.stop(await web(), null);
    expect(await releases.address(await web())).toBeNull();
    await lifecycle.start(await web());
  });

  test("is not touched while it runs", async () => {
    const { Id } = await inspect();
    const release = await pinned(v2);
    await expect(engine().powers.releases.put(await web(), release)).rejects.toMatchObject({
      code: "ENVIRONMENT",
      message: expect.stringContaining("web runs"),
    });
    expect((await inspect()).Id).toBe(Id);
    expect(await containers()).toBe(name);
  });

  test("is of the new image and variables, in its old place, with its volumes", async () => {
    await inside("sh", "-c", "echo anonymous >/data/file; echo named >/kept/file");
    const { name: called, key } = await web();
    const seen: EngineEvent[] = [];
    const watching = new AbortController();
    void (async () => {
      for await (const event of engine().events(watching.signal)) seen.push(event);
    })();
    await vi.waitFor(() => expect(seen).toHaveLength(1), PATIENCE);
    const release = await pinned(v2);
    await change(release);
    watching.abort();
    expect(await web()).toMatchObject({ name: called, key, state: "running", version: "v2" });
    const types = seen.slice(1).map(({ type, by }) => `${type} by ${by}`);
    expect(types.filter((one) => !/ready/.test(one))).toEqual([
      "died by aegis",
      "created by aegis",
      "started by aegis",
    ]);
    expect(await inside("env")).toMatch(/GREETING=good day/);
    const variables = (await inside("sh", "-c", "env | sort")).split("\n");
    expect(variables).toEqual(expect.arrayContaining(["FROM_IMAGE=two", "MORE=1", "ONLY_TWO=1"]));
    expect(variables).toContain("PLAIN=as declared");
    expect(variables).not.toContain("ONLY_ONE=1");
    expect(await inside("sh", "-c", "pwd; cat /data/file /kept/file")).toBe(
      "/two\nanonymous\nnamed",
    );
    const { hostConfig, networks } = await declared();
    expect({ hostConfig, networks }).toEqual({
      hostConfig: asDeclared.hostConfig,
      networks: asDeclared.networks,
    });
    expect((await inspect()).Config.Labels).toMatchObject({ team: "a", from: "two" });
    expect((await inspect()).Config.Labels).not.toHaveProperty("only.one");
    expect((await inspect()).NetworkSettings.Networks[`${project}_front`]?.IPAddress).toBe(
      "198.18.91.10",
    );
  });

  test("is seen so by another process, and stays so when it is put again", async () => {
    const other = await openEngine(stack);
    onTestFinished(() => other.close());
    const { Id } = await inspect();
    const release = await pinned(v2);
    expect(await other.powers.releases.of(await web())).toEqual(release);
    expect((await other.replicas("web"))[0]).toMatchObject({ version: "v2", ready: true });
    await other.powers.releases.put(await web(), release);
    expect((await inspect()).Id).toBe(Id);
  });

  test("is up to date for compose", async () => {
    const { Id } = await inspect();
    const files = ["--file", stack.file as string, "--project-name", project];
    await compose([...files, "up", "--detach", "--no-deps", "web"]);
    expect((await inspect()).Id).toBe(Id);
    expect(await compose([...files, "ps", "--quiet", "web"])).toBe(Id);
  });

  test("goes on to one that changes only variables, on its declared image", async () => {
    await change(await pinned(releaseOf(null, { name: "v3", env: { MORE: "3" } })));
    const said = await inside("sh", "-c", "echo $FROM_IMAGE $GREETING $MORE; cat /data/file");
    expect(said).toBe("one hello 3\nanonymous");
    expect(await web()).toMatchObject({ version: "v3" });
  });

  test("is again what compose has made, with nothing left of the others", async () => {
    await change(before);
    expect(await declared()).toEqual(asDeclared);
    expect(await inside("cat", "/data/file")).toBe("anonymous");
    expect(await engine().powers.releases.of(await web())).toEqual(before);
    expect(await web()).toMatchObject({ version: null, ready: true });
  });

  test("its old image goes by a name of its own once its tag has moved on", async () => {
    onTestFinished(async () => {
      await docker("rmi", `${project}-web:aegis-${before.image?.slice(7, 19)}`);
    });
    await docker("tag", two, one);
    const release = await pinned(v2);
    await change(release);
    await docker("image", "prune", "--force", "--filter", `label=of=${project}`);
    expect(await pinned(before)).toEqual(before);
    await change(before);
    expect(await inside("printenv", "FROM_IMAGE")).toBe("one");
    expect((await inspect()).Config.Image).toBe(before.image);
    await docker("tag", before.image as string, one);
  });
});
