import { expect, test, vi } from "vitest";
import { NO_INSIDE, noInside } from "../engines/no-inside.ts";
import type { Can, Inside, Powers } from "../model/powers.ts";
import { chooseVantage } from "./vantage.ts";

const ENTRY = { service: "front", port: null };
const HIDDEN = { service: "app", port: 3000 };

/** An engine on which the host reaches everything but `app`. */
function engineWith(inside: Can["inside"]) {
  const needFor = vi.fn(async (service: string, port: number | null) =>
    service === "app" ? `port ${port} of app is not published` : null,
  );
  const power: Inside = inside === true ? { ...noInside, needFor } : noInside;
  const can: Can = {
    lifecycle: true,
    crash: true,
    exec: true,
    inside,
    releases: true,
    members: true,
  };
  return { can, powers: { inside: power } as Powers, needFor };
}

test("what the host reaches is measured from the host", async () => {
  const engine = engineWith(true);
  const host = { vantage: "host", why: null };
  expect(await chooseVantage("auto", [ENTRY, ENTRY], engine)).toEqual(host);
  expect(await chooseVantage("auto", [], engine)).toEqual(host);
  expect(engine.needFor).toHaveBeenCalledTimes(2);
});

test("one target that it does not reach takes all traffic inside, and is why", async () => {
  expect(await chooseVantage("auto", [ENTRY, HIDDEN], engineWith(true))).toEqual({
    vantage: "inside",
    why: "port 3000 of app is not published",
  });
});

test("where there is no inside it is the host, and nobody is asked", async () => {
  const engine = engineWith(NO_INSIDE);
  expect(await chooseVantage("auto", [HIDDEN], engine)).toEqual({ vantage: "host", why: null });
});

test("what is asked for is done, needed or not", async () => {
  const engine = engineWith(true);
  expect(await chooseVantage("host", [HIDDEN], engine)).toEqual({ vantage: "host", why: null });
  expect(await chooseVantage("inside", [ENTRY], engine)).toEqual({ vantage: "inside", why: null });
  expect(engine.needFor).not.toHaveBeenCalled();
});

test("an inside that is asked for and is not there is refused, with what to do", async () => {
  await expect(chooseVantage("inside", [ENTRY], engineWith(NO_INSIDE))).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: expect.stringContaining("there is no inside"),
    hint: "leave out `vantage: inside`",
  });
});
