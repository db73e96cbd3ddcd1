import { resolve } from "node:path";
import { AegisError } from "../../kit/errors.ts";
import type { Address } from "../../model/replica.ts";
import type { ReplicaSpec } from "../../model/stack.ts";
import type { ReplicaPorts } from "./ports.ts";
import { TOKEN_VARIABLE } from "./sweep.ts";

/** How the operating system is asked to start a replica: no shell in between. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What the placeholders of a command stand for. */
export interface LaunchSetting {
  /** Relative directories start here. */
  readonly directory: string;
  readonly packageRoot: string;
  /** The Node that runs us. */
  readonly execPath: string;
  readonly membersDirectory: string;
  readonly token: string;
  /** What replicas inherit: the environment of the command that started the supervisor. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  addressOf(service: string, port: number | null): Address;
}

/**
 * The command, directory and environment of one replica. `{port}`, `{package}`, `{node}` and a first word `node` are
 * filled in in the command; `{address:SERVICE}` and `{address:SERVICE:PORT}` become HOST:PORT there and in the environment.
 * Another `command` (of `exec`, of a healthcheck) is run in the same surroundings. Given on top of what is declared: PORT, PORT_NAME for each extra port, AEGIS_MEMBERS_DIR, AEGIS_REPLICA, AEGIS_SERVICE.
 */
export function launchOf(
  spec: ReplicaSpec,
  ports: ReplicaPorts,
  setting: LaunchSetting,
  command: readonly string[] = spec.process?.command ?? [],
): Launch {
  const [first, ...args] = command.map((word) => fillWord(word, ports, setting));
  if (first === undefined || first === "") {
    throw new AegisError("INVALID_INPUT", `${spec.name} has no command to run as a process`, {
      hint: "give its service x-aegis.process.command",
    });
  }
  return {
    file: first === "node" ? setting.execPath : first,
    args,
    cwd: resolve(setting.directory, spec.process?.cwd ?? "."),
    env: environmentOf(spec, ports, setting),
  };
}

function fillWord(word: string, ports: ReplicaPorts, setting: LaunchSetting): string {
  const filled = word
    .replaceAll("{port}", String(ports.main))
    .replaceAll("{package}", setting.packageRoot)
    .replaceAll("{node}", setting.execPath);
  return fillAddresses(filled, setting);
}

function fillAddresses(text: string, { addressOf }: LaunchSetting): string {
  return text.replaceAll(/\{address:([\w.-]+)(?::(\d+))?\}/g, (_all, service, port) => {
    const address = addressOf(service, port === undefined ? null : Number(port));
    return `${address.host}:${address.port}`;
  });
}

function environmentOf(
  spec: ReplicaSpec,
  ports: ReplicaPorts,
  setting: LaunchSetting,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(setting.inherited)) {
    if (value !== undefined) env[name] = value;
  }
  for (const [name, value] of Object.entries(spec.environment)) {
    env[name] = fillAddresses(value, setting);
  }
  for (const [name, port] of Object.entries(ports.extra)) {
    env[`PORT_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}`] = String(port);
  }
  env["PORT"] = String(ports.main);
  env["AEGIS_MEMBERS_DIR"] = setting.membersDirectory;
  env["AEGIS_REPLICA"] = spec.name;
  env["AEGIS_SERVICE"] = spec.service;
  env[TOKEN_VARIABLE] = setting.token;
  return env;
}
