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
    [
      "services: { a: { ports: ['9090', '5432'] }, b: { ports: ['8080'] } }",
      { service: "b", port: 8080, why: "of those with published ports it has the likeliest" },
    ],
    [
      "services: { a: { ports: ['91'] }, b: { ports: ['81'], depends_on: [a] } }",
      {
        service: "b",
        port: 81,
        why: "it is the only one with published ports that no other depends on",
      },
    ],
    [
      "services: { a: { ports: ['9090:9090', '8443:443', '8081:8080'] } }",
      {
        service: "a",
        port: 8080,
        why: "it is the only service with published ports; its port 8080 of 9090, 443, 8080 is a guess",
      },
    ],
    [
      "services: { a: { ports: ['80', '9090'], x-aegis: { entry: 9090 } } }",
      { service: "a", port: 9090, why: "it was named" },
    ],
  ])("%s", (text, entry) => expect(entryOfFile(text)).toEqual(entry));

  test("not when nothing tells", () => {
    expect(entryOfFile("services: { a: {}, b: {} }")).toBeNull();
    expect(entryOfFile("services: { a: { ports: ['91'] }, b: { ports: ['81'] } }")).toBeNull();
    expect(entryOfFile("services: { a: { ports: ['80'] }, b: { ports: ['80'] } }")).toBeNull();
  });
});
