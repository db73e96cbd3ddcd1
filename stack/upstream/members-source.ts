import { type FSWatcher, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import { AegisError, messageOf } from "../../src/kit/errors.ts";
import { type Member, parseMemberList, parseMembersFile } from "./members.ts";

/** Where the members come from: a file that somebody replaces, or a list that never changes. */
export interface MembersOptions {
  /** `$AEGIS_MEMBERS_DIR`; the file in it is `<service>.json`. */
  readonly directory: string | undefined;
  /** `$MEMBERS`; rules when both are set. */
  readonly list: string | undefined;
  readonly service: string;
  readonly onMembers: (members: readonly Member[]) => void;
  /** The file could not be read; the members stay what they were. */
  readonly onProblem: (message: string) => void;
}

/** In case the platform's file events get lost. */
const POLL_MS = 1000;

/** Reports the members now and at every change of the file. INVALID_INPUT when neither source is given. */
export function followMembers(options: MembersOptions): void {
  if (options.list) {
    options.onMembers(parseMemberList(options.list));
    return;
  }
  if (!options.directory) {
    throw new AegisError("INVALID_INPUT", "where the members are is not known", {
      hint: "set AEGIS_MEMBERS_DIR to the directory of the members files, or MEMBERS to NAME=HOST:PORT,...",
    });
  }
  const file = new MembersFile(join(options.directory, `${options.service}.json`), options);
  watchDirectory(options.directory, () => file.read());
  file.read();
  setInterval(() => file.read(), POLL_MS);
}

class MembersFile {
  readonly #path: string;
  readonly #options: MembersOptions;
  #last = "";
  #problem = "";

  constructor(path: string, options: MembersOptions) {
    this.#path = path;
    this.#options = options;
  }

  read(): void {
    try {
      const text = readFileSync(this.#path, "utf8");
      if (text === this.#last) return;
      this.#options.onMembers(parseMembersFile(text, this.#path));
      this.#last = text;
      this.#problem = "";
    } catch (error) {
      // A list that cannot be read is not an empty list: keep what was known, and say so once.
      const problem = messageOf(error);
      if (problem !== this.#problem) this.#options.onProblem(problem);
      this.#problem = problem;
    }
  }
}

function watchDirectory(directory: string, onEvent: () => void): FSWatcher {
  try {
    return watch(directory, onEvent);
  } catch (cause) {
    throw new AegisError("ENVIRONMENT", `cannot watch AEGIS_MEMBERS_DIR: ${messageOf(cause)}`, {
      hint: "it must be a directory that exists",
      cause,
    });
  }
}
