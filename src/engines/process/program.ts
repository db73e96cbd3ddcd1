import { existsSync } from "node:fs";
import { delimiter, isAbsolute, join, resolve } from "node:path";
import { AegisError } from "../../kit/errors.ts";
import type { Release } from "../../model/stack.ts";
import { isExecutable } from "../executable.ts";
import type { Launch } from "./launch.ts";

/**
 * A release as a plain process can run it: without its image, which matters to containers only. Throws INVALID_INPUT when
 * nothing is left of it.
 */
export function asProcess(release: Release): Release {
  const { name, env, image, build, command } = release;
  const source = image === null ? build && "a build" : "an image";
  if (source !== null && command === null && Object.keys(env).length === 0) {
    const version = name === null ? "this version" : `version ${name}`;
    throw new AegisError(
      "INVALID_INPUT",
      `${version} has only ${source}: plain processes need env or process.command`,
      { hint: "add one of them to the version, or use --engine docker" },
    );
  }
  return { ...release, image: null, build: null };
}

/** Throws ENVIRONMENT when what is to be launched is not there or cannot be executed. */
export function demandProgram({ file, cwd, env }: Launch, name: string): void {
  const cannot = (reason: string, hint: string): AegisError =>
    new AegisError("ENVIRONMENT", `${name} could not start: ${reason}`, { hint });
  if (!existsSync(cwd)) {
    throw cannot(`its directory ${cwd} does not exist`, "make it, or declare another one");
  }
  const places = file.includes("/") ? [resolve(cwd, file)] : inPath(file, env["PATH"], cwd);
  if (places.some(isExecutable)) return;
  const there = places.find((place) => existsSync(place));
  throw cannot(
    there === undefined ? `command not found: ${file}` : `not executable: ${there}`,
    "is the program installed, and the path right? Programs are looked up in PATH",
  );
}

function inPath(file: string, path = "/usr/local/bin:/usr/bin:/bin", cwd = "/"): string[] {
  return path
    .split(delimiter)
    .map((directory) => join(isAbsolute(directory) ? directory : resolve(cwd, directory), file));
}
