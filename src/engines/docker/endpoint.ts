import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { AegisError, messageOf } from "../../kit/errors.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** Where a Docker daemon listens, and how we found out. */
export interface DockerEndpoint {
  /** `unix:///var/run/docker.sock`, `tcp://10.0.0.5:2376`, `ssh://me@host`. */
  readonly url: string;
  /** What chose it, for people: `DOCKER_HOST`, `the docker context "far"`, `the default`. */
  readonly chosenBy: string;
  /** The directory with `ca.pem`, `cert.pem` and `key.pem` for TLS; null: plain. */
  readonly certificates: string | null;
  readonly skipVerify: boolean;
}

const DEFAULT_URL = "unix:///var/run/docker.sock";

/**
 * Chooses as the docker command does: DOCKER_HOST, else DOCKER_CONTEXT or the current context, else the usual socket.
 * Throws ENVIRONMENT when a context is named that does not exist or cannot be read.
 */
export function findEndpoint(env: Env): DockerEndpoint {
  const config = env["DOCKER_CONFIG"] || join(env["HOME"] || homedir(), ".docker");
  const host = env["DOCKER_HOST"];
  if (host) return fromHost(host, env, config);
  const context = env["DOCKER_CONTEXT"] || currentContext(config);
  return context === null || context === "default" ? byDefault() : fromContext(context, config);
}

function byDefault(): DockerEndpoint {
  return { url: DEFAULT_URL, chosenBy: "the default", certificates: null, skipVerify: false };
}

function fromHost(host: string, env: Env, config: string): DockerEndpoint {
  const url = host.includes("://") ? host : `tcp://${host}`;
  const isTls =
    Boolean(env["DOCKER_TLS_VERIFY"]) || (url.startsWith("tcp:") && url.endsWith(":2376"));
  return {
    url,
    chosenBy: "DOCKER_HOST",
    certificates: isTls ? env["DOCKER_CERT_PATH"] || config : null,
    skipVerify: false,
  };
}

function currentContext(config: string): string | null {
  const path = join(config, "config.json");
  if (!existsSync(path)) return null;
  const { currentContext } = readJson<{ currentContext?: string }>(path);
  return currentContext || null;
}

/** What the docker command writes for each context. */
interface ContextMeta {
  readonly Endpoints?: { readonly docker?: { readonly Host?: string; SkipTLSVerify?: boolean } };
}

function fromContext(name: string, config: string): DockerEndpoint {
  const id = createHash("sha256").update(name).digest("hex");
  const path = join(config, "contexts", "meta", id, "meta.json");
  if (!existsSync(path)) {
    throw new AegisError("ENVIRONMENT", `there is no docker context "${name}"`, {
      hint: "`docker context ls` lists them; `docker context use default` goes back to the usual one",
    });
  }
  const docker = readJson<ContextMeta>(path).Endpoints?.docker;
  const certificates = join(config, "contexts", "tls", id, "docker");
  return {
    url: docker?.Host || DEFAULT_URL,
    chosenBy: `the docker context "${name}"`,
    certificates: existsSync(certificates) ? certificates : null,
    skipVerify: docker?.SkipTLSVerify ?? false,
  };
}

function readJson<T>(path: string): T {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch (thrown) {
    throw new AegisError("ENVIRONMENT", `cannot read ${path}: ${messageOf(thrown)}`, {
      hint: "it says where the Docker daemon is; mend it, or set DOCKER_HOST",
      cause: thrown,
    });
  }
}
