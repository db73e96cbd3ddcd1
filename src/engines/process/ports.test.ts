import { describe, expect, test } from "vitest";
import { serverSpec } from "../contract/stack.ts";
import { actualPort, publishedPort } from "./ports.ts";

const ports = { main: 20_001, extra: { control: 20_002 } };

describe("actualPort", () => {
  const spec = serverSpec("app", { ports: [{ host: 8080, container: 80 }] });

  test.each<[number, number | null, string]>([
    [3000, 20_001, "the port the compose network knows"],
    [20_001, 20_001, "the port it really has"],
    [3001, 20_002, "an extra port"],
    [80, 20_001, "a published container port"],
    [9, null, "a port nobody declares"],
  ])("%i is %s: %s", (known, actual) => {
    expect(actualPort(spec, ports, known)).toBe(actual);
  });
});

describe("publishedPort", () => {
  const spec = serverSpec("app", {
    ports: [
      { host: 18_080, container: 3000 },
      { host: 18_081, container: 3001 },
    ],
  });

  test("goes by the container port", () => {
    expect([publishedPort(spec, 3000), publishedPort(spec, 3001)]).toEqual([18_080, 18_081]);
  });

  test("is any free one for what is not published", () => {
    expect(publishedPort(spec, 9)).toBe(0);
    expect(publishedPort(spec, null)).toBe(0);
  });

  test("of a replica that declares no port of its own is the only one published", () => {
    const only = serverSpec("app", { ports: [{ host: 18_080, container: 80 }] });
    expect(publishedPort(only, null)).toBe(18_080);
  });
});
