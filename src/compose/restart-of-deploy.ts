import type { RestartPolicy } from "../model/stack.ts";
import { count } from "./fields.ts";

/** What `deploy.restart_policy` says, which compose 2 takes for a `restart` that is not there; undefined: nothing. */
export function restartOfDeploy(deploy: unknown): RestartPolicy | undefined {
  const policy = Object(deploy).restart_policy;
  if (policy === null || policy === undefined) return undefined;
  const { condition = "any", max_attempts: attempts } = Object(policy);
  if (condition === "none") return { mode: "no", maxRetries: null };
  if (condition !== "on-failure") return { mode: "always", maxRetries: null };
  return { mode: "on-failure", maxRetries: count.safeParse(attempts).data ?? null };
}
