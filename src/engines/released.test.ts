import { expect, test } from "vitest";
import type { ReplicaSpec } from "../model/stack.ts";
import { DECLARED_RELEASE, versionsOf } from "./released.ts";

test("a version keeps only what it changes of what is declared", () => {
  const release = (name: string, env: Record<string, string>) => ({
    ...DECLARED_RELEASE,
    name,
    env,
  });
  const spec = {
    environment: { APP_VERSION: "v1", COLOR: "blue" },
    versions: {
      v1: release("v1", { APP_VERSION: "v1", COLOR: "blue" }),
      v2: release("v2", { APP_VERSION: "v2", COLOR: "blue", MORE: "" }),
    },
  } as Partial<ReplicaSpec> as ReplicaSpec;
  expect(versionsOf(spec)).toEqual({
    v1: release("v1", {}),
    v2: release("v2", { APP_VERSION: "v2", MORE: "" }),
  });
});
