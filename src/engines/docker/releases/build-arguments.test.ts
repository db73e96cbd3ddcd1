import { describe, expect, test } from "vitest";
import { buildArguments, keptImage } from "./build-arguments.ts";
import { runsOn } from "./platform.ts";

const BARE = { context: "/srv/shop", dockerfile: null, target: null, args: {} };

test("docker build is told no more than was declared", () => {
  expect(buildArguments(BARE, "/s/id").join(" ")).toBe(
    "build --force-rm --iidfile /s/id -- /srv/shop",
  );
});

test("docker build is told all that was declared, each as one argument", () => {
  const args = { VERSION: "2", NOTE: "a b=$c" };
  const whole = { context: "-odd", dockerfile: "/srv/my file", target: "run", args };
  expect(buildArguments(whole, "/s/id")).toEqual([
    "build",
    "--force-rm",
    ...["--file", "/srv/my file"],
    ...["--target", "run"],
    ...["--build-arg", "VERSION=2", "--build-arg", "NOTE=a b=$c"],
    ...["--iidfile", "/s/id", "--", "-odd"],
  ]);
});

test.each([
  ["shop", "web", "shop-web"],
  ["_shop_", "Web.App", "shop-web-app"],
  ["a__b", "c--d", "a-b-c-d"],
])("an image of %s's %s is kept under a name that registries take", (project, service, repo) => {
  const id = `sha256:${"0123456789abcdef".repeat(4)}`;
  expect(keptImage(project, service, id)).toEqual({ repo, tag: "aegis-0123456789ab" });
});

describe("what runs on a daemon", () => {
  const of = (architecture: string, os = "linux") => ({ os, architecture });
  test.each([
    [of("amd64"), of("amd64"), of("amd64"), true],
    [of("386"), of("amd64"), of("amd64"), true],
    [of("arm64"), of("amd64"), of("amd64"), false],
    [of("arm64"), of("amd64"), of("arm64"), true],
    [of("arm"), of("arm64"), of("arm64"), true],
    [of("amd64", "windows"), of("amd64"), of("amd64"), false],
    [of("", ""), of("amd64"), of("amd64"), true],
  ])("%o on %o where %o runs: %s", (image, daemon, proven, expected) => {
    expect(runsOn(image, daemon, proven)).toBe(expected);
  });
});
