import { describe, expect, test } from "vitest";
import type { ComposeProject } from "../../project-reader.ts";
import { type ComposeAction, composeArguments } from "./argv.ts";

const SHOP: ComposeProject = {
  project: "shop",
  files: ["/srv/shop/compose.yaml"],
  directory: "/srv/shop",
  profiles: [],
};
const BEFORE = "--file /srv/shop/compose.yaml --project-directory /srv/shop --project-name shop";

/** Words that both `docker compose` and `docker-compose` know. */
function line(action: ComposeAction, changes: Partial<ComposeProject> = {}): string {
  return composeArguments({ ...SHOP, ...changes }, action).join(" ");
}

describe("what compose is told", () => {
  test.each<[ComposeAction, string]>([
    [{ do: "config" }, "config"],
    [{ do: "up", scale: {} }, "up --detach --no-recreate"],
    [{ do: "up", scale: { web: 1 } }, "up --detach --no-recreate"],
    [
      { do: "up", scale: { web: 3, db: 1, worker: 2 } },
      "up --detach --no-recreate --scale web=3 --scale worker=2",
    ],
    [
      { do: "put-back", scale: { web: 3, worker: 2 }, services: ["web", "db"] },
      "up --detach --no-recreate --no-deps --scale web=3 web db",
    ],
  ])("%o", (action, expected) => {
    expect(line(action)).toBe(`${BEFORE} ${expected}`);
  });

  test("every file, in order, and every profile", () => {
    const files = ["/srv/shop/compose.yaml", "/srv/shop/compose.override.yaml"];
    expect(line({ do: "config" }, { files, profiles: ["debug", "load"] })).toBe(
      `--file ${files[0]} --file ${files[1]} --project-directory /srv/shop --project-name shop --profile debug --profile load config`,
    );
  });

  test("no name, where compose shall find it", () => {
    expect(line({ do: "config" }, { project: null })).not.toContain("--project-name");
  });

  test("a path with spaces and a dash at its front stays one argument", () => {
    const files = ["/srv/my shop/-f.yaml"];
    expect(composeArguments({ ...SHOP, files }, { do: "config" })).toContain(
      "/srv/my shop/-f.yaml",
    );
  });
});
