import { expect, test } from "vitest";
import { socketPath } from "./state-files.ts";

test("the socket lies in the state directory when its path is short enough", () => {
  expect(socketPath("/home/me/.local/state/aegis/p")).toBe(
    "/home/me/.local/state/aegis/p/supervisor.sock",
  );
});

test("otherwise in a short place of our own, another one for each state directory", () => {
  const [one, two] = ["a", "b"].map((end) => socketPath(`/${"x".repeat(90)}/${end}`));
  expect(one?.length).toBeLessThanOrEqual(100);
  expect(one).toMatch(/aegis-\d+\/[0-9a-f]{16}\.sock$/);
  expect(one).not.toBe(two);
});
