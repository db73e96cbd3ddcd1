import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf } from "../kit/errors.ts";
import type { ProblemList } from "../kit/problem-list.ts";
import type { YamlSource } from "../kit/source.ts";
import { parseEnvFile } from "./env-file.ts";
import type { WrittenService } from "./raw-services.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What a service's environment is made of besides its own keys. */
export interface EnvironmentContext {
  readonly source: YamlSource;
  readonly directory: string;
  /** For variables named without a value. */
  readonly env: Env;
  readonly problems: ProblemList;
}

/** The environment of a service: its `env_file`s in their order, then its own `environment`. A missing file is a problem. */
export function environmentOf(
  service: WrittenService,
  { source, directory, env, problems }: EnvironmentContext,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { path, required } of service.raw.env_file ?? []) {
    const text = read(resolve(directory, path));
    if (typeof text === "string") Object.assign(result, parseEnvFile(text));
    else if (required) {
      const written = service.writtenIn.find((name) => declares(source, name)) ?? service.name;
      problems.add({
        source,
        path: ["services", written, "env_file"],
        message: `cannot read ${path}: ${text.problem}`,
        hint: "write { path: ..., required: false } if it may be missing",
      });
    }
  }
  for (const [name, value] of Object.entries(service.raw.environment ?? {})) {
    const known = value ?? env[name];
    if (known !== undefined) result[name] = known;
  }
  return result;
}

function read(path: string): string | { readonly problem: string } {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    return { problem: messageOf(error) };
  }
}

function declares(source: YamlSource, name: string): boolean {
  const { services } = source.data as { services: Record<string, { env_file?: unknown }> };
  return services[name]?.env_file !== undefined;
}
