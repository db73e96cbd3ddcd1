import { z } from "zod";
import { didYouMean } from "../kit/suggest.ts";
import type { Dependency, RestartPolicy } from "../model/stack.ts";
import { aegisKeys } from "./aegis-keys.ts";
import { CONTAINER_KEYS, HARMLESS_KEYS } from "./docker-keys.ts";
import { count, duration, flag, readable, scalarText, signalName } from "./fields.ts";
import { publishedPorts } from "./published-ports.ts";

const anything = z.unknown().optional();
const ignored = (keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, anything]));

/** NAME=value, or NAME alone for a value from the environment of aegis (null). */
const environment = z.union([
  z.record(z.string(), z.union([scalarText, z.null()])),
  z.array(scalarText).transform((lines) => Object.fromEntries(lines.map(splitAssignment))),
]);

const CONDITIONS = {
  service_started: "started",
  service_healthy: "healthy",
  service_completed_successfully: "completed",
} as const satisfies Record<string, Dependency["condition"]>;

/** What a service waits for; not required: where that is not there, it does without. */
interface Wait {
  readonly condition: Dependency["condition"];
  readonly required: boolean;
}

const dependsOn = z.union([
  z
    .array(z.string())
    .transform(
      (names): Record<string, Wait> =>
        Object.fromEntries(names.map((name) => [name, { condition: "started", required: true }])),
    ),
  z.record(
    z.string(),
    z
      .strictObject({
        condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
        restart: flag.optional(),
        required: flag.optional(),
      })
      .transform(
        ({ condition, required = true }): Wait => ({ condition: CONDITIONS[condition], required }),
      ),
  ),
]);

const restart = z.string({
  error: ({ input }) =>
    `expected "no", "always", "on-failure" or "unless-stopped", got ${String(input)}${input === false ? ' (write it in quotes: "no")' : ""}`,
});

const healthcheck = z.strictObject({
  test: z
    .union([z.string().transform((line) => ["CMD-SHELL", line]), z.array(z.string()).min(1)])
    .refine(([kind, ...rest]) => isTest(kind as string, rest), {
      error: 'expected ["CMD", program, ...], ["CMD-SHELL", line] or ["NONE"]',
    })
    .optional(),
  interval: duration.optional(),
  timeout: duration.optional(),
  retries: count.optional(),
  start_period: duration.optional(),
  start_interval: duration.optional(),
  disable: flag.optional(),
});

const envFileEntry = z.union([
  z.string().transform((path) => ({ path, required: true })),
  z
    .strictObject({ path: z.string(), required: flag.optional(), format: z.string().optional() })
    .transform(({ path, required = true }) => ({ path, required })),
]);

const deploy = z.strictObject({
  ...ignored(["mode", "endpoint_mode", "labels", "placement"]),
  ...ignored(["update_config", "rollback_config", "restart_policy", "resources"]),
  replicas: count.optional(),
});

/** One service as it is written: keys that Docker does not know are errors, values are normalised. */
export const serviceSchema = z.strictObject({
  ...ignored(HARMLESS_KEYS),
  ...ignored(Object.keys(CONTAINER_KEYS)),
  image: z.string().optional(),
  expose: z.array(z.union([z.string(), z.number()])).optional(),
  networks: anything,
  volumes: z.array(z.union([z.string(), z.looseObject({})])).optional(),
  environment: environment.optional(),
  env_file: z.union([envFileEntry.transform((entry) => [entry]), z.array(envFileEntry)]).optional(),
  depends_on: dependsOn.optional(),
  healthcheck: healthcheck.optional(),
  restart: restart.pipe(readable("a restart policy", parseRestart, restartHint)).optional(),
  stop_signal: signalName.optional(),
  stop_grace_period: duration.optional(),
  profiles: z.array(z.string()).optional(),
  ports: publishedPorts.optional(),
  deploy: deploy.optional(),
  scale: count.optional(),
  extends: z
    .union([
      z.string().transform((service) => ({ service, file: undefined })),
      z.strictObject({ service: z.string(), file: z.string().optional() }),
    ])
    .optional(),
  "x-aegis": aegisKeys.optional(),
});

/** A service as it is written, typed. */
export type RawService = z.output<typeof serviceSchema>;
export type RawHealthcheck = z.output<typeof healthcheck>;

/** What may stand at the top of a compose file; the services are checked one by one. */
export const fileSchema = z.strictObject({
  version: anything,
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]*$/, {
      error: "expected lower-case letters, digits, - and _, not starting with - or _",
    })
    .optional(),
  services: z.record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
    z.record(z.string(), z.unknown()),
  ),
  ...ignored(["include", "networks", "volumes", "configs", "secrets", "models"]),
});

function splitAssignment(line: string): [string, string | null] {
  const at = line.indexOf("=");
  return at === -1 ? [line, null] : [line.slice(0, at), line.slice(at + 1)];
}

function isTest(kind: string, rest: readonly string[]): boolean {
  if (kind === "NONE") return rest.length === 0;
  if (kind === "CMD-SHELL") return rest.length === 1;
  return kind === "CMD" && rest.length > 0;
}

function parseRestart(text: string): RestartPolicy | undefined {
  const match = /^(no|always|on-failure|unless-stopped)(?::(\d+))?$/.exec(text);
  if (!match || (match[2] !== undefined && match[1] !== "on-failure")) return undefined;
  const maxRetries = match[2] === undefined ? null : Number(match[2]);
  return { mode: match[1] as RestartPolicy["mode"], maxRetries };
}

function restartHint(text: string): string {
  return didYouMean(text, ["no", "always", "on-failure", "on-failure:3", "unless-stopped"]);
}
