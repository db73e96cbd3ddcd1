import { describe, expect, test } from "vitest";
import { serverSpec } from "./contract/stack.ts";
import { dependents, jobs, prerequisites } from "./dependencies.ts";

const on = (name: string, condition: "started" | "healthy" | "completed" = "started") => ({
  dependsOn: [{ on: name, condition }],
});

describe("dependencies", () => {
  const specs = [
    serverSpec("front", on("web", "healthy")),
    serverSpec("web1", { service: "web", ...on("job", "completed") }),
    serverSpec("web2", { service: "web" }),
    serverSpec("job"),
  ];

  test("on a service are on each of its replicas", () => {
    expect(prerequisites(specs).get("front")).toEqual([
      { replica: "web1", condition: "healthy" },
      { replica: "web2", condition: "healthy" },
    ]);
  });

  test("tell which replicas are one-shot jobs", () => {
    expect([...jobs(prerequisites(specs))]).toEqual(["job"]);
  });

  test("are turned around for stopping", () => {
    expect(Object.fromEntries(dependents(prerequisites(specs)))).toEqual({
      front: [],
      web1: ["front"],
      web2: ["front"],
      job: ["web1"],
    });
  });

  test("that go in a circle are refused with the circle", () => {
    const circle = [serverSpec("a", on("b")), serverSpec("b", on("c")), serverSpec("c", on("b"))];
    expect(() => prerequisites(circle)).toThrow("b -> c -> b");
  });

  test("on nothing that is declared are refused", () => {
    expect(() => prerequisites([serverSpec("a", on("b"))])).toThrow('a depends on "b"');
  });
});
