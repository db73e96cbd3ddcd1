import { describe, expect, test } from "vitest";
import { sourceIn } from "./source.ts";

const config = (build: unknown): string => JSON.stringify({ services: { web: { build }, db: {} } });
const BARE = { context: "/srv/shop", dockerfile: null, target: null, args: {} };

describe("how a service's image is made, by what compose prints", () => {
  test("one that is not made, or is not there, has no source", () => {
    expect(sourceIn(config({ context: "/srv" }), "db", {})).toBeNull();
    expect(sourceIn(config({ context: "/srv" }), "other", {})).toBeNull();
    expect(sourceIn("{}", "web", {})).toBeNull();
  });

  test.each<[string, unknown, object]>([
    ["a path alone", "/srv/shop", BARE],
    ["version 1", { context: "/srv/shop" }, BARE],
    [
      "version 2",
      { context: "/srv/shop", dockerfile: "Dockerfile" },
      { ...BARE, dockerfile: "/srv/shop/Dockerfile" },
    ],
    [
      "a Dockerfile elsewhere",
      { context: "/srv/shop", dockerfile: "/else/Dockerfile" },
      { ...BARE, dockerfile: "/else/Dockerfile" },
    ],
    [
      "a repository",
      { context: "https://example.com/shop.git", dockerfile: "D" },
      { ...BARE, context: "https://example.com/shop.git", dockerfile: "D" },
    ],
    [
      "a stage, and what changes nothing",
      { context: "/srv/shop", target: "run", cache_from: ["a"], labels: { a: "b" } },
      { ...BARE, target: "run" },
    ],
    [
      "arguments",
      { context: "/srv/shop", args: { A: "1$$", N: 2, FROM_ENV: null, UNSET: null } },
      { ...BARE, args: { A: "1$", N: "2", FROM_ENV: "e" } },
    ],
    [
      "arguments as lines",
      { context: "/srv/shop", args: ["A=b=c", "FROM_ENV"] },
      { ...BARE, args: { A: "b=c", FROM_ENV: "e" } },
    ],
  ])("%s", (_what, build, expected) => {
    expect(sourceIn(config(build), "web", { FROM_ENV: "e" })).toEqual(expected);
  });

  test("a build that only compose can do is said to be one", () => {
    const build = { context: "/srv", dockerfile_inline: "FROM web", secrets: ["key"] };
    expect(() => sourceIn(config(build), "web", {})).toThrow(
      "web is built with dockerfile_inline, secrets, which only compose can do",
    );
  });
});
