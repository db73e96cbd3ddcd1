import { expect, test } from "vitest";
import { engineNames, loadEngine } from "./registry.ts";

test.each([...engineNames, "dry"])("loads the %s engine", async (name) => {
  expect(await loadEngine(name)).toBeTypeOf("function");
});

test.each([
  ["proces", 'did you mean "process"?'],
  ["toString", "use one of: process, docker"],
])("refuses %s with a hint", async (name, hint) => {
  await expect(loadEngine(name)).rejects.toMatchObject({ code: "INVALID_INPUT", hint });
});

test("the engine that only remembers is loaded where aegis needs it, and offered to nobody", () => {
  expect(engineNames).toContain("process");
  expect(engineNames).not.toContain("dry");
});
