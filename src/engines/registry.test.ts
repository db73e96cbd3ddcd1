import { expect, test } from "vitest";
import { engineNames, loadEngine } from "./registry.ts";

test.each(engineNames)("loads the %s engine", async (name) => {
  expect(await loadEngine(name)).toBeTypeOf("function");
});

test.each([
  ["proces", 'did you mean "process"?'],
  ["toString", "use one of: process, dry"],
])("refuses %s with a hint", async (name, hint) => {
  await expect(loadEngine(name)).rejects.toMatchObject({ code: "INVALID_INPUT", hint });
});
