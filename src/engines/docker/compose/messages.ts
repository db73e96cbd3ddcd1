import { stripVTControlCharacters } from "node:util";

/** Progress and hearsay of both versions, which are no part of what went wrong. */
const NOISE: readonly RegExp[] = [
  /^(Creating|Starting|Recreating|Stopping|Removing|Pulling|Building|Attaching|Waiting)\b.*(\.\.\.|with)/,
  /^[\w.-]+ is up-to-date$/,
  /^\s*(Container|Network|Volume|Image|Service) \S+\s+(Creat|Start|Recreat|Stop|Remov|Wait|Runn|Pull|Build|Built|Heal|Kill)/i,
  /^\[\+\] /,
  /^\s*[\w.-]+ (Pulling|Pulled|Error|Built|Building)\b/,
  /^\s*[✔⠿⠋✘] .*\s(Creat|Start|Stop|Remov|Pull)\w*/,
  /^(WARN(ING)?\b|time=\S+ level=warning)/i,
  /^ERROR: Encountered errors while bringing up the project\.?$/,
  /^See '.* --help'\.?$/,
];

const MOST_LINES = 12;

/** What compose itself said, without progress and repetition: its last lines. Empty when it said nothing of use. */
export function saidBy(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split(/[\r\n]+/)
    .map((line) => line.trimEnd())
    .filter((line) => line.trim() !== "" && !NOISE.some((noise) => noise.test(line)))
    .map(plain);
  const telling = lines.filter((line, index) => lines.indexOf(line) === index);
  return telling.slice(-MOST_LINES).join("\n");
}

/** Without the words that every error begins with; version 1 tells each twice, for the container and for its service. */
function plain(line: string): string {
  const logged = /^time=\S+ level=(?:error|fatal) msg="(.*)"$/.exec(line)?.[1];
  if (logged !== undefined) return logged.replace(/\\(["\\])/g, "$1");
  return line
    .replace(/^Error response from daemon: /, "")
    .replace(/^(?:ERROR|Error|error): *(?:for [\w.-]+ {1,2})?/, "");
}

/** What to do about a failed `up`, as far as its words tell. */
export function hintFor(said: string, compose: string): string | undefined {
  if (/Cannot connect to the Docker daemon|Couldn't connect to Docker daemon/i.test(said)) {
    return "Start Docker, or set DOCKER_HOST.";
  }
  if (/permission denied.*docker.*sock/i.test(said)) {
    return "Let this user talk to Docker: add it to the group docker, or use sudo.";
  }
  if (/port is already allocated|address already in use|ports are not available/i.test(said)) {
    return "Stop what has the port, or publish another one.";
  }
  const image = missingImage(said);
  if (image !== null) {
    return `See whether it can be had: docker pull ${image}\nIf it is built here: ${compose} build`;
  }
  if (/failed to build|failed to solve|executor failed|returned a non-zero code/i.test(said)) {
    return `See the whole of it: ${compose} build`;
  }
  return undefined;
}

const MISSING: readonly RegExp[] = [
  /pull access denied for ([^\s,]+)/,
  /manifest for (\S+) not found/,
  /No such image: (\S+)/,
  /failed to resolve reference "([^"]+)"/,
  /Image (\S+) (?:Error|not found)/,
];

function missingImage(said: string): string | null {
  for (const pattern of MISSING) {
    const match = pattern.exec(said);
    if (match !== null) return match[1] ?? "IMAGE";
  }
  if (!/Get "?https?:\/\/\S+\/v2\//.test(said)) return null;
  return [...said.matchAll(/^Pulling \S+ \((\S+)\)/gm)].at(-1)?.[1] ?? "IMAGE";
}
