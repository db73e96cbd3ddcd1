import { expect, test } from "vitest";
import type { RestartPolicy } from "../../model/stack.ts";
import { willRevive } from "./revival.ts";

const policy = (mode: RestartPolicy["mode"], maxRetries: number | null = null) => ({
  restart: { mode, maxRetries },
  stopSignal: "SIGQUIT",
});

test.each([
  ["no policy", policy("no"), 0, 137, null, false],
  ["always, crashed", policy("always"), 0, 137, null, true],
  ["always, ended well", policy("always"), 5, 0, null, true],
  ["unless-stopped, crashed", policy("unless-stopped"), 0, 1, null, true],
  ["on-failure, ended well", policy("on-failure"), 0, 0, null, false],
  ["on-failure, failed", policy("on-failure"), 7, 1, null, true],
  ["on-failure, a retry left", policy("on-failure", 2), 1, 1, null, true],
  ["on-failure, no retry left", policy("on-failure", 2), 2, 1, null, false],
  ["killed through the API", policy("always"), 0, 137, 9, false],
  ["stopped with its own signal", policy("always"), 0, 0, 3, false],
  ["told to reload, crashed later: only Docker knows", policy("always"), 0, 137, 1, null],
])("%s", (_, container, restarts, exitCode, signalled, expected) => {
  expect(willRevive(container, restarts, exitCode, signalled)).toBe(expected);
});
