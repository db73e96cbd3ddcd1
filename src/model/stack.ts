/** What a compose file (or `--cmd`) declares, normalised: no optionals, no interpolation left to do. */
export interface Stack {
  /** Compose project name: the identity of the running thing. */
  readonly project: string;
  /** Absolute path of the compose file; null for a stack made from `--cmd`. */
  readonly file: string | null;
  /** Further compose files that are laid over it, absolute; absent when it stands alone. */
  readonly overrides?: readonly string[];
  /** The directory relative paths and commands start from. */
  readonly directory: string;
  /** The service that `x-aegis.entry` or the command line names; absent when none does. */
  readonly entry?: string;
  /** Its port in the compose network, where that is named too. */
  readonly entryPort?: number;
  /** Switched on: which services of the file there are. */
  readonly profiles: readonly string[];
  /** In the order of the file. Only services whose profiles are active. */
  readonly replicas: readonly ReplicaSpec[];
}

/** One declared replica: a compose service, or one of a scaled one. */
export interface ReplicaSpec {
  /** Its own name (`app1`), unique in the stack. */
  readonly name: string;
  /** The service it is a replica of (`app`); its own name when it is alone. */
  readonly service: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly dependsOn: readonly Dependency[];
  readonly restart: RestartPolicy;
  /** How long after SIGTERM it may take to stop before SIGKILL. Compose default 10 s. */
  readonly stopGraceMs: number;
  readonly stopSignal: string;
  readonly healthcheck: Healthcheck | null;
  /** How to run it as a plain process; null when only containers can run it. */
  readonly process: ProcessSpec | null;
  /** How containers run it; null for one that only processes can run (`--cmd`). */
  readonly container: ContainerSpec | null;
  /** How "ready" is known. `health`: the healthcheck; `running`: nothing better is declared. */
  readonly ready: { readonly http: string } | "health" | "running";
  /** `running`, because there is nothing better and nobody says that it is enough. Absent: it is declared. */
  readonly readyUntold?: true;
  /** Response headers that name who answered, lower case; null: answers do not say. */
  readonly identify: { readonly replica: string | null; readonly version: string | null };
  /** Named versions a rollout can move to. */
  readonly versions: Readonly<Record<string, Release>>;
  /** Published ports as declared, for the entry and for a clash to be told: host 0 means any. */
  readonly ports: readonly { readonly host: number; readonly container: number }[];
}

/** What a version changes of what is declared; what it does not name stays as declared. */
export interface Release {
  /** Its name under `x-aegis.versions`; null: what is declared, or one made ad hoc. */
  readonly name: string | null;
  /** Laid over the declared environment, key by key. */
  readonly env: Readonly<Record<string, string>>;
  /** A reference, or an image id when it is pinned; null: that of the service. */
  readonly image: string | null;
  /** Made from source when it is pinned; null: nothing to build. */
  readonly build: BuildSpec | null;
  /** Another program to run as a plain process, with the placeholders of `ProcessSpec.command`; null: the declared one. */
  readonly command: readonly string[] | null;
}

/** How an image is made. Paths are absolute. */
export interface BuildSpec {
  readonly context: string;
  readonly dockerfile: string | null;
  readonly target: string | null;
  readonly args: Readonly<Record<string, string>>;
}

export interface ProcessSpec {
  /** Program and arguments; `{port}`, `{package}` and `{node}` are filled in by the engine. */
  readonly command: readonly string[];
  /** The port the compose network knows it by (`http://app1:3000`); each replica really listens on a port of its own. */
  readonly port: number | null;
  /** Further declared ports (name -> compose port), given as PORT_NAME: the control port of our app role. */
  readonly extraPorts: Readonly<Record<string, number>>;
  readonly cwd: string | null;
}

/** Where compose knows a replica, and what it is made of. */
export interface ContainerSpec {
  /** The compose service, which may have another name than the aegis one (`app1` of `app`). */
  readonly service: string;
  /** Its number in that service, from 1. */
  readonly number: number;
  /** null: the service is built and compose names the image. */
  readonly image: string | null;
  /** The port it listens on in its network: that of `x-aegis.process`, else the first that is published or exposed; null: none is declared. */
  readonly port: number | null;
  /** The image is not here yet: whether it has a healthcheck or ports of its own is not known. Absent: what it has is declared above. */
  readonly unseen?: true;
}

/** What an image says of itself, so that a compose file need not. */
export interface ImageFacts {
  readonly healthcheck: Healthcheck | null;
  /** TCP ports that it says its programs listen on, ascending. */
  readonly ports: readonly number[];
}

export interface Dependency {
  /** A service or replica name. */
  readonly on: string;
  readonly condition: "started" | "healthy" | "completed";
}

export interface RestartPolicy {
  readonly mode: "no" | "always" | "on-failure" | "unless-stopped";
  /** For `on-failure:N`; null: without limit. */
  readonly maxRetries: number | null;
}

export interface Healthcheck {
  /** `http`: a path asked on the replica's port; `command`: a program whose exit code decides. */
  readonly test: { readonly http: string } | { readonly command: readonly string[] };
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly startPeriodMs: number;
}
