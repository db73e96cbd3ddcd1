/**
 * Keeps the output of commands that stands in README.md and docs/ true: what follows a marker, up to `<!-- end -->`, is
 * what the command really printed, in an empty directory with a state directory of its own.
 *
 *   <!-- run: aegis chaos run crash-one -->                     its output, and its exit code
 *   <!-- run: aegis chaos run x.yaml, until: Steps -->          the same, up to the line that begins so
 *   <!-- run: aegis chaos kinds --json, as: kinds -->           a table
 *
 *   node scripts/readme-output.js [--check] [FILE...]
 *
 * Without --check the files are written anew. With it the commands are run and compared: words, verdicts, signs and exit
 * codes must be the same; numbers, ids and the bars of the timeline may differ. Exits 1 when something else does.
 */
import { spawn } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MARKED =
  /<!-- run: aegis (?<args>[^,\n]*?)(?<option>, (?<name>until|as): (?<value>[^\n]*?))? -->\n(?<block>[\s\S]*?)<!-- end -->/g;
const COLUMNS = 100;
const TRIES = 3;

/** What an option of a marker makes of what was printed. */
const SHAPES = {
  all: (args, output) => consoleBlock(args, output.stdout, output.code),
  until: (args, output, heading) => consoleBlock(args, upTo(output.stdout, heading), output.code),
  as: (_args, output) => kindsTable(JSON.parse(output.stdout)),
};

const args = process.argv.slice(2);
const check = args.includes("--check");
const named = args.filter((argument) => argument !== "--check").map((file) => resolve(file));
const files = named.length > 0 ? named : documents();
const problems = [];
// In turn, so that they do not disturb each other's figures.
for (const file of files) problems.push(...(await visit(file)));
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length > 0 ? 1 : 0;

function documents() {
  const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
  return [join(root, "README.md"), ...pages.map((name) => join(root, "docs", name))];
}

/** Runs every command of one file; writes the file, or returns what differs. */
async function visit(file) {
  const text = readFileSync(file, "utf8");
  const found = [...text.matchAll(MARKED)].map(({ groups }) => groups);
  if (check) {
    const name = relative(root, file);
    const differences = [];
    for (const marked of found) differences.push(...(await compare(name, marked)));
    return differences;
  }
  const blocks = [];
  for (const marked of found) blocks.push(await blockOf(marked));
  const written = text.replaceAll(MARKED, (whole, ...rest) => {
    const { block } = rest.at(-1);
    const marker = whole.slice(0, whole.length - block.length - "<!-- end -->".length);
    return `${marker}${blocks.shift()}<!-- end -->`;
  });
  if (written !== text) writeFileSync(file, written);
  return [];
}

/** What differs. A busy machine, on which a run is in doubt, gets another try; a page that is wrong fails them all. */
async function compare(name, marked) {
  let found = [];
  for (let attempt = 0; attempt < TRIES; attempt++) {
    found = difference(`${name}: aegis ${marked.args}`, marked.block, await blockOf(marked));
    if (found.length === 0) break;
  }
  return found;
}

async function blockOf({ args: typed, name = "all", value }) {
  return SHAPES[name](typed, await runAegis(typed), value);
}

/** Runs it as a person with a checkout would, but leaves nothing in the checkout. */
async function runAegis(typed) {
  const home = mkdtempSync(join(tmpdir(), "aegis-readme-"));
  try {
    for (const name of ["scenarios", "fixtures"]) symlinkSync(join(root, name), join(home, name));
    const { PATH } = process.env;
    const settings = { AEGIS_HOME: join(home, "state"), AEGIS_PORT: "0", COLUMNS: String(COLUMNS) };
    const child = spawn(process.execPath, [join(root, "bin", "aegis.js"), ...typed.split(" ")], {
      cwd: home,
      env: { PATH, HOME: home, LANG: "C.UTF-8", NO_COLOR: "1", ...settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    const code = await new Promise((done) => child.on("close", done));
    if (stdout === "") throw new Error(`aegis ${typed} printed nothing:\n${stderr}`);
    return { stdout, code };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function consoleBlock(typed, printed, code) {
  const status = typed.startsWith("chaos run") ? `$ echo $?\n${code}\n` : "";
  return `\`\`\`console\n$ aegis ${typed}\n${printed.trimEnd()}\n${status}\`\`\`\n`;
}

function upTo(text, heading) {
  const at = text.indexOf(`\n${heading}`);
  if (at === -1) throw new Error(`no line begins with "${heading}"`);
  return `${text.slice(0, at).trimEnd()}\n\n...`;
}

function kindsTable(kinds) {
  const rows = kinds.map((kind) => {
    const outcomes = kind.outcomes.map((outcome) => `\`${outcome}\``).join(", ");
    return `| \`${kind.name}\` | ${kind.summary} | ${lasting(kind)} | ${outcomes} |`;
  });
  return ["| kind | what it does | lasts | outcomes |", "|---|---|---|---|", ...rows, ""].join(
    "\n",
  );
}

function lasting({ staged, held, params }) {
  if (staged) return "until it has come to an end";
  if (held) return "as long as `for` or `until` says";
  return params.properties?.undo === undefined ? "an instant" : "an instant; with `undo`: held";
}

function difference(title, before, after) {
  const [old, now] = [words(before), words(after)];
  const at = now.findIndex((word, index) => word !== old[index]);
  if (at === -1 && old.length === now.length) return [];
  const place = at === -1 ? now.length : at;
  const near = (list) => list.slice(Math.max(0, place - 12), place + 12).join(" ");
  return [
    `${title} prints something else\n  written: ${near(old)}\n  printed: ${near(now)}\n  If it is right now: node scripts/readme-output.js\n${after}`,
  ];
}

/** What must be the same each time: words and signs, wherever lines were broken; the last line (the exit code) as it is. */
function words(block) {
  const lines = block.trimEnd().split("\n");
  const status = lines.lastIndexOf("$ echo $?");
  const exact = status === -1 ? [] : lines.splice(status);
  const masked = lines.flatMap((line) => maskLine(line).trim().split(/\s+/));
  return [...masked, ...exact].filter((word) => word !== "");
}

function maskLine(line) {
  if (line.includes("│") && !line.startsWith("|")) return "(phases)";
  if (/^[\s\d.+ms-]+$/.test(line)) return "";
  // Told only when something was long enough to be worth it: on a busy machine a pause of its own is.
  if (/^ +longest outage /.test(line)) return "";
  if (/^ +the machine's host gave /.test(line)) return "";
  const [, label] = /^\s+(\S+)\s+[▁-█▲━╌✗\s]{3,}$/.exec(line) ?? [];
  if (label !== undefined) return `${label} (bars)`;
  return line
    .replaceAll(/\b(?=[0-9a-f]*\d)[0-9a-f]{8}\b/g, "#")
    .replaceAll(/[-+]?\d[\d,.]*(?:µs|us|ms|s|m\d+s|%)?(?!\w)/g, "#")
    .replaceAll(/\d+/g, "#")
    .replaceAll(/(?<=\s)-(?=\s|$)/g, "#");
}
