import { describe, expect, test } from "vitest";
import { entryOf } from "./entry.ts";
import { parseCompose } from "./parse.ts";

function entryOfFile(text: string) {
  const { stack } = parseCompose({
    text,
    file: "c.yml",
    directory: "/srv",
    env: {},
    project: null,
    profiles: [],
  });
  return entryOf(stack);
}

describe("the entry is found, and why is said", () => {
  test.each([
    [
      "services: { a: { ports: ['80'] }, b: { x-aegis: { entry: true } } }",
      { service: "b", port: null, why: "x-aegis.entry says so" },
    ],
    [
      "services: { a1: { x-aegis: { service: a, entry: true, process: { command: [a], port: 7 } } }, b: {} }",
      { service: "a", port: 7, why: "x-aegis.entry says so" },
    ],
    [
      "services: { db: {}, shop: { ports: ['8080:80'] } }",
      { service: "shop", port: 80, why: "it is the only service with published ports" },
    ],
    [
      "services: { db: { ports: ['5432'] }, web: { ports: ['80'] } }",
      { service: "web", port: 80, why: "it has a usual name and published ports" },
    ],
    [
      "services: { web: {}, gateway: {}, app: {} }",
      { service: "gateway", port: null, why: "it has a usual name for an entry" },
    ],
    [
      "services: { app: { scale: 3 } }",
      { service: "app", port: null, why: "it is the only service" },
    ],
  ])("%s", (text, entry) => expect(entryOfFile(text)).toEqual(entry));

  test("not when nothing tells", () => {
    expect(entryOfFile("services: { a: {}, b: {} }")).toBeNull();
    expect(entryOfFile("services: { a: { ports: ['80'] }, b: { ports: ['81'] } }")).toBeNull();
  });
});
