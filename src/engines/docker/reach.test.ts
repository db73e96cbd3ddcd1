import { expect, test, vi } from "vitest";
import { connectDocker } from "./client.ts";
import { createReach } from "./reach.ts";

const here = connectDocker({ DOCKER_HOST: "unix:///var/run/docker.sock" });
const far = connectDocker({ DOCKER_HOST: "tcp://far.example:2376" });
const DESKTOP = { OperatingSystem: "Docker Desktop" };
const ROOTLESS = { SecurityOptions: ["name=seccomp,profile=default", "name=rootless"] };

test.each([
  ["a daemon of this Linux", here, "linux", {}, null],
  ["a daemon far away", far, "linux", {}, "far.example"],
  ["macOS", here, "darwin", {}, "virtual machine"],
  ["Docker Desktop on Linux", here, "linux", DESKTOP, "virtual machine"],
  ["a rootless Docker", here, "linux", ROOTLESS, "rootless"],
] as const)("containers are asked at their own addresses where that works: %s", (...row) => {
  const [, client, platform, place, why] = row;
  const reach = createReach(client, platform, place, () => undefined);
  expect(reach.isOpen).toBe(why === null);
  if (why !== null) expect(reach.why).toContain(why);
});

test("a network that swallows everything is found out, once", () => {
  const onClosed = vi.fn();
  const reach = createReach(here, "linux", {}, onClosed);
  reach.silentFor(1_000_000);
  expect(reach.isOpen).toBe(true);
  reach.silentFor(4_000_000);
  reach.silentFor(5_000_000);
  expect(reach.isOpen).toBe(false);
  expect(onClosed).toHaveBeenCalledOnce();
});

test("where one has answered, a silent one is only silent", () => {
  const reach = createReach(here, "linux", {}, () => undefined);
  reach.confirm();
  reach.silentFor(60_000_000);
  expect(reach.isOpen).toBe(true);
});
