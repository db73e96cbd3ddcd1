import { describe, expect, test } from "vitest";
import { serverSpec } from "../contract/stack.ts";
import { type LaunchSetting, launchOf } from "./launch.ts";

const ports = { main: 20_001, extra: { "control-port": 20_002 } };
const setting: LaunchSetting = {
  directory: "/stack",
  packageRoot: "/package",
  execPath: "/bin/our-node",
  membersDirectory: "/state/members",
  token: "abc",
  inherited: { HOME: "/home/me", PORT: "1", EMPTY: undefined },
  addressOf: (service, port) => ({ host: "127.0.0.1", port: service === "db" ? (port ?? 7) : 8 }),
};
const withCommand = (command: readonly string[], cwd: string | null = null) =>
  serverSpec("app1", { process: { command, port: 3000, extraPorts: {}, cwd } });

describe("launchOf", () => {
  test("fills in placeholders in every word, and the Node that runs us for a first word node", () => {
    const command = [
      "node",
      "{package}/main.js",
      "--port={port}",
      "{node}",
      "node",
      "{address:db:5432}",
    ];
    expect(launchOf(withCommand(command), ports, setting)).toMatchObject({
      file: "/bin/our-node",
      args: ["/package/main.js", "--port=20001", "/bin/our-node", "node", "127.0.0.1:5432"],
    });
  });

  test("starts in the stack's directory, or one relative to it", () => {
    expect(launchOf(withCommand(["x"]), ports, setting).cwd).toBe("/stack");
    expect(launchOf(withCommand(["x"], "sub"), ports, setting).cwd).toBe("/stack/sub");
    expect(launchOf(withCommand(["x"], "/abs"), ports, setting).cwd).toBe("/abs");
  });

  test("gives what is inherited, on top of it what is declared, on top of it its ports", () => {
    const environment = {
      HOME: "/declared",
      PORT: "80",
      URL: "http://{address:db}/x {address:web}",
    };
    const { env } = launchOf(serverSpec("app1", { service: "app", environment }), ports, setting);
    expect(env).toEqual({
      HOME: "/declared",
      NAME: "app1",
      APP_VERSION: "v1",
      URL: "http://127.0.0.1:7/x 127.0.0.1:8",
      PORT: "20001",
      PORT_CONTROL_PORT: "20002",
      AEGIS_MEMBERS_DIR: "/state/members",
      AEGIS_REPLICA: "app1",
      AEGIS_SERVICE: "app",
      AEGIS_SUPERVISOR: "abc",
    });
  });

  test("leaves braces alone that are none of ours", () => {
    expect(launchOf(withCommand(["x", "{other} {address:} {}"]), ports, setting).args).toEqual([
      "{other} {address:} {}",
    ]);
  });

  test("refuses an empty command", () => {
    expect(launchOf(withCommand(["x"]), ports, setting, ["node", "{package}/y.js"])).toMatchObject({
      file: setting.execPath,
      args: [`${setting.packageRoot}/y.js`],
    });
    expect(() => launchOf(withCommand([]), ports, setting)).toThrow("app1 has no command");
  });
});
