import type { ContainerInspectInfo } from "dockerode";
import { describe, expect, test } from "vitest";
import type { Release } from "../../../model/stack.ts";
import { nextContainer } from "./next-container.ts";
import { type Declared, isSameRelease, notedIn, noteOf, releaseFrom } from "./note.ts";

const ID = "0123456789ab".padEnd(64, "c");
const VOLUME = "f".repeat(64);
const OTHER = "e".repeat(64);

const declared: Declared = {
  image: { name: "web:1", id: "sha256:one" },
  config: { Env: ["A=1"], Labels: { team: "a" }, ExposedPorts: { "80/tcp": {} } },
};
const v2: Release = {
  name: "v2",
  env: { A: "2", B: "$x" },
  image: "sha256:two",
  build: null,
  command: null,
};
const plain: Release = { ...v2, name: null, env: {}, image: "sha256:one" };

function inspected(HostConfig: object = {}): ContainerInspectInfo {
  const volume = (Name: string, Destination: string, RW: boolean) => ({
    Type: "volume",
    Name,
    Destination,
    RW,
  });
  return {
    Id: ID,
    Name: "/shop_web_1",
    Image: "sha256:one",
    Config: {
      Image: "web:1",
      Hostname: ID.slice(0, 12),
      Env: ["A=1", "NODE_VERSION=24"],
      Cmd: ["from", "image"],
      StopTimeout: 5,
      Labels: {},
    },
    HostConfig: {
      NetworkMode: "shop_default",
      Memory: 64,
      Binds: ["shop_data:/data:rw"],
      ...HostConfig,
    },
    Mounts: [
      volume(VOLUME, "/scratch", true),
      volume(OTHER, "/old", false),
      volume("shop_data", "/data", true),
    ],
    NetworkSettings: {
      Networks: { shop_default: { NetworkID: "n", Aliases: ["web", ID.slice(0, 12)] } },
    },
  } as unknown as ContainerInspectInfo;
}

describe("the container that takes the place of another", () => {
  test("is of the new image, with what was declared and what the release lays over it, and nothing of the old image", () => {
    const { name, body } = nextContainer(inspected(), declared, v2, "sha256:two");
    expect(name).toBe("shop_web_1.aegis-next");
    expect(body).toMatchObject({ Image: "sha256:two", Env: ["A=2", "B=$x"], StopTimeout: 5 });
    expect(body).not.toHaveProperty("Cmd");
    expect(body["HostConfig"]).toMatchObject({ Memory: 64, NetworkMode: "shop_default" });
    expect(body["NetworkingConfig"]).toEqual({
      EndpointsConfig: { shop_default: { Aliases: ["web"] } },
    });
  });

  test("takes over the volumes that nobody has named", () => {
    const { body } = nextContainer(inspected(), declared, v2, "sha256:two");
    const Binds = ["shop_data:/data:rw", `${VOLUME}:/scratch:rw`, `${OTHER}:/old:ro`];
    expect(body["HostConfig"]).toMatchObject({ Binds });
    const Mounts = [
      { Type: "volume", Target: "/scratch" },
      { Type: "tmpfs", Target: "/quick" },
    ];
    const again = nextContainer(
      inspected({ Mounts, Binds: [`${OTHER}:/old:ro`] }),
      declared,
      v2,
      "sha256:two",
    );
    expect(again.body["HostConfig"]).toMatchObject({
      Binds: [`${OTHER}:/old:ro`],
      Mounts: [{ Type: "volume", Target: "/scratch", Source: VOLUME }, Mounts[1]],
    });
  });

  test("says in a label what it is, from which both its release and what was declared are read again", () => {
    const { body } = nextContainer(inspected(), declared, v2, "sha256:two");
    const labels = body["Labels"] as Record<string, string>;
    expect(labels["team"]).toBe("a");
    expect(releaseFrom(labels, "sha256:two")).toEqual(v2);
    expect(notedIn(labels)?.declared).toEqual(declared);
  });

  test("bears no such label when it is as declared again, unless that has a name", () => {
    const { body } = nextContainer(inspected(), declared, plain, "web:1");
    expect(body).toMatchObject({ Image: "web:1", Env: ["A=1"], Labels: { team: "a" } });
    expect(body["Labels"]).toEqual({ team: "a" });
    expect(Object.keys(noteOf({ ...plain, name: "v1" }, declared))).toEqual(["aegis.release"]);
  });
});

describe("a label", () => {
  test.each(["", "null", "7", '{"name":"v2"}', "{"])(
    "that is none of ours tells of no release: %j",
    (text) => {
      expect(notedIn({ "aegis.release": text })).toBeNull();
      expect(releaseFrom({ "aegis.release": text }, "sha256:one")).toEqual(plain);
    },
  );
});

test.each<[Partial<Release>, boolean]>([
  [{}, true],
  [{ env: { B: "$x", A: "2" } }, true],
  [{ name: "v3" }, false],
  [{ image: "sha256:three" }, false],
  [{ env: { A: "2" } }, false],
  [{ env: { A: "2", C: "$x" } }, false],
])("two releases are the same whatever the order of their variables: %o", (changes, expected) => {
  expect(isSameRelease({ ...v2, ...changes }, v2)).toBe(expected);
});
