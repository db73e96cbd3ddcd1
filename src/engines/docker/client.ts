import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { AegisError, messageOf } from "../../kit/errors.ts";
import { type DockerEndpoint, findEndpoint } from "./endpoint.ts";
import { withPatience } from "./patience.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The way to one Docker daemon. Nothing is asked of it yet. */
export interface DockerClient {
  readonly api: Docker;
  /** `unix:///var/run/docker.sock`, `tcp://10.0.0.5:2376`, `ssh://me@host`. */
  readonly endpoint: string;
  /** The daemon's host when that is not this machine. */
  readonly remote: string | null;
  /** null: it is not reached by a socket of this machine. */
  readonly socketPath: string | null;
  /** What chose the endpoint, for people: `DOCKER_HOST`, `the docker context "far"`, `the default`. */
  readonly chosenBy: string;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** The client for the daemon that the docker command would use with this environment. Throws ENVIRONMENT when that cannot be told. */
export function connectDocker(env: Env): DockerClient {
  const endpoint = findEndpoint(env);
  const { url, chosenBy } = endpoint;
  const place = { endpoint: url, chosenBy };
  if (url.startsWith("unix://")) {
    const socketPath = url.slice("unix://".length) || "/var/run/docker.sock";
    return { ...place, api: apiOf({ socketPath }), remote: null, socketPath };
  }
  const { protocol, hostname, port, username } = parseUrl(endpoint);
  const remote = LOOPBACK.has(hostname) ? null : hostname;
  if (protocol === "ssh:") {
    const agent = env["SSH_AUTH_SOCK"];
    const sshOptions = agent === undefined ? {} : { agent };
    const options = { protocol: "ssh", host: hostname, port: port || 22, username, sshOptions };
    return { ...place, api: apiOf(options), remote, socketPath: null };
  }
  const tls = tlsOf(endpoint);
  const options = {
    protocol: tls === null ? "http" : "https",
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port || (tls === null ? 2375 : 2376),
    ...tls,
  };
  return { ...place, api: apiOf(options), remote, socketPath: null };
}

/** dockerode fills in what is missing from the real environment: everything that it could is said, if only as undefined. */
const SAID = {
  socketPath: undefined,
  host: undefined,
  port: undefined,
  protocol: undefined,
  username: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  pathPrefix: undefined,
};

function apiOf(options: object): Docker {
  return withPatience(new Docker({ ...SAID, ...options } as Docker.DockerOptions));
}

function parseUrl({ url, chosenBy }: DockerEndpoint): URL {
  const isKnown = /^(tcp|http|https|ssh):\/\//.test(url) && URL.canParse(url);
  if (isKnown) return new URL(url);
  throw new AegisError("ENVIRONMENT", `${chosenBy} names no Docker daemon: ${url}`, {
    hint: "expected unix:///path/to/docker.sock, tcp://host:port or ssh://user@host",
  });
}

interface Tls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly checkServerIdentity?: () => undefined;
}

function tlsOf({ url, certificates, skipVerify }: DockerEndpoint): Tls | null {
  if (certificates === null && !url.startsWith("https:")) return null;
  const read = (name: "ca" | "cert" | "key"): Tls => {
    const path = join(certificates ?? "/", `${name}.pem`);
    return certificates !== null && existsSync(path) ? { [name]: readFileSync(path) } : {};
  };
  const identity = skipVerify ? { checkServerIdentity: () => undefined } : {};
  return { ...read("ca"), ...read("cert"), ...read("key"), ...identity };
}

/** The HTTP status that the daemon answered with; null when it did not answer. */
export function statusOf(thrown: unknown): number | null {
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === "number" ? status : null;
}

/** Was there no answer at all: no daemon, or none any more? */
export function isUnreachable(thrown: unknown): boolean {
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  return statusOf(thrown) === null && typeof code === "string" && code in UNREACHABLE;
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOENT: "there is no such socket",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "it hung up",
  EPIPE: "it hung up",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "its name cannot be looked up now",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "it does not answer",
  ENOTSOCK: "that is no socket",
};

/** What a call to the daemon threw, as something to act on. `doing` as in "cannot pause app1". An AegisError stays as it is. */
export function dockerProblem(thrown: unknown, client: DockerClient, doing: string): AegisError {
  if (thrown instanceof AegisError) return thrown;
  const { code } = thrown as NodeJS.ErrnoException;
  const problem = (message: string, hint?: string): AegisError =>
    new AegisError("ENVIRONMENT", message, { ...(hint && { hint }), cause: thrown });
  if (statusOf(thrown) === null && (code === "EACCES" || code === "EPERM")) {
    return problem(
      `cannot ${doing}: permission denied at the Docker daemon, ${client.endpoint}`,
      "join the group docker (`sudo usermod -aG docker $USER`, then log in again), or use a rootless Docker",
    );
  }
  if (isUnreachable(thrown)) {
    const { endpoint, chosenBy } = client;
    return problem(
      `cannot ${doing}: no Docker daemon at ${endpoint} (${UNREACHABLE[code as string]})`,
      `start Docker, or set DOCKER_HOST to where it is; this address comes from ${chosenBy}`,
    );
  }
  const said = saidBy(thrown);
  return problem(`cannot ${doing}: ${said}`, hintFor(said));
}

/** The daemon's own words, without the client's wrapping. */
function saidBy(thrown: unknown): string {
  const { json } = thrown as { json?: { message?: unknown } };
  const own = typeof json?.message === "string" ? json.message : null;
  return (own ?? messageOf(thrown).replace(/^\(HTTP code \d+\) [^-]*- /, "")).trim();
}

function hintFor(said: string): string | undefined {
  const image = /No such image: (\S+)/i.exec(said)?.[1];
  if (image !== undefined)
    return `\`docker pull ${image}\`, or build it with \`docker compose build\``;
  if (/port is already allocated|address already in use/i.test(said)) {
    return "free the port, or publish another one";
  }
  return undefined;
}
