import { expect, test } from "vitest";
import { visit } from "./aegis.ts";
import { badDay } from "./bad-day-scenario.ts";

test("where there is no inside, one that is asked for ends with 4, what to do, and nothing running", async (context) => {
  const person = visit(context);
  person.write("s.yaml", `${badDay([])}\nvantage: inside\n`);
  const { code, stderr } = await person.run("chaos", "run", "s.yaml");
  expect(code, stderr).toBe(4);
  expect(stderr).toContain("cannot measure from inside: replicas are plain processes");
  expect(stderr).toContain("leave out `vantage: inside`");
  expect((await person.run("status")).stdout).not.toContain("running");
  const plan = await person.run("chaos", "plan", "s.yaml");
  expect(plan.code).toBe(0);
  expect(plan.stdout).toContain("inside (vantage): replicas are plain processes of this machine");
});
