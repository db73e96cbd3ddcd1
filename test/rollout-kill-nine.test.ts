import { expect, test } from "vitest";
import { expectAllWell } from "./deaths.ts";
import { killAll, moments } from "./rollout-kill-nine.ts";

test("killed -9 at any stage of a rollout, the stack serves on, and heal makes it one version again", async () => {
  const deaths = await killAll(moments());
  process.stdout.write(
    `${deaths.map(({ label, versions }) => `${label}: ${versions.join(" -> ")}`).join("\n")}\n`,
  );
  expectAllWell(deaths);
  expect(deaths.filter(({ harmOpen }) => harmOpen).length).toBeGreaterThan(10);
}, 900_000);
