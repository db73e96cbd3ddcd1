import { describe, expect, test } from "vitest";
import { overlaid, ownConfig } from "./own-config.ts";

const IMAGE = {
  Env: ["PATH=/usr/bin", "NODE_VERSION=24"],
  Cmd: ["node"],
  Entrypoint: ["docker-entrypoint.sh"],
  WorkingDir: "/app",
  User: "node",
  Labels: { maintainer: "us", "com.docker.compose.project": "shop" },
  ExposedPorts: { "80/tcp": {}, "81/tcp": {} },
  Volumes: { "/data": {} },
  Healthcheck: { Test: ["CMD", "true"], Interval: 5 },
};
const own = (changes: object, published: string[] = []) =>
  ownConfig({ ...IMAGE, ...changes }, IMAGE, published);

describe("what a container has of its own, besides its image", () => {
  test("is nothing but what compose knows it by, when nothing more was declared", () => {
    expect(own({})).toEqual({ Env: [], Labels: { "com.docker.compose.project": "shop" } });
  });

  test.each<[string, object, object]>([
    [
      "variables, also one that is another than the image's",
      { Env: ["PATH=/bin", "NODE_VERSION=24", "A=b=c"] },
      { Env: ["PATH=/bin", "A=b=c"] },
    ],
    ["a user, a directory", { User: "0", WorkingDir: "/srv" }, { User: "0", WorkingDir: "/srv" }],
    ["a command behind the image's entrypoint", { Cmd: ["node", "x"] }, { Cmd: ["node", "x"] }],
    [
      "an entrypoint, with the command it has then",
      { Entrypoint: ["sh"], Cmd: null },
      { Entrypoint: ["sh"], Cmd: null },
    ],
    [
      "an entrypoint like the image's, which has cost the image's command",
      { Cmd: null },
      { Entrypoint: IMAGE.Entrypoint, Cmd: null },
    ],
    ["no entrypoint", { Entrypoint: [] }, { Entrypoint: [], Cmd: IMAGE.Cmd }],
    [
      "labels",
      { Labels: { ...IMAGE.Labels, team: "a" } },
      { Labels: { team: "a", "com.docker.compose.project": "shop" } },
    ],
    ["volumes", { Volumes: { "/data": {}, "/more": {} } }, { Volumes: { "/more": {} } }],
    [
      "the part of a healthcheck that was declared",
      { Healthcheck: { Test: ["CMD", "true"], Interval: 9 } },
      { Healthcheck: { Interval: 9 } },
    ],
  ])("%s", (_what, changes, expected) => {
    expect(own(changes)).toMatchObject(expected);
    expect(Object.keys(own(changes)).sort()).toEqual(
      [...new Set(["Env", "Labels", ...Object.keys(expected)])].sort(),
    );
  });

  test("ports that are published, which Docker would not publish unless they are exposed", () => {
    expect(own({}, ["80/tcp"])["ExposedPorts"]).toEqual({ "80/tcp": {} });
  });

  test("the label of a former release is none of it", () => {
    expect(own({ Labels: { "aegis.release": "{}" } })).toEqual({ Env: [] });
  });

  test("absent, null, false and empty are the same, and an image may say nothing at all", () => {
    const bare = {
      Env: null,
      Cmd: null,
      Entrypoint: null,
      WorkingDir: "",
      User: "",
      ArgsEscaped: false,
      Labels: null,
    };
    expect(ownConfig(bare, {}, [])).toEqual({ Env: [] });
  });
});

test("variables are laid over an environment, which keeps what they do not name", () => {
  expect(overlaid(["A=1", "B=2=3", "EMPTY"], { A: "x", C: "" })).toEqual([
    "B=2=3",
    "EMPTY",
    "A=x",
    "C=",
  ]);
});
