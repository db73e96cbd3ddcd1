import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { type Person, ROOT, visit } from "./aegis.ts";
import { badDay, LONG_FREEZE } from "./bad-day-scenario.ts";
import { packed } from "./packed.ts";
import { nothing, residue } from "./residue.ts";

vi.setConfig({ testTimeout: 180_000 });

interface Step {
  readonly id?: string;
  readonly shell?: string;
  readonly if?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly with?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
}

const TEXT = readFileSync(join(ROOT, "action.yml"), "utf8");
const ACTION = parse(TEXT) as Action;

/** Does what a runner does with the steps of the action: what they say is all that this knows of it. */
class Job {
  readonly person: Person;
  readonly #files: string;
  readonly #contexts: Record<string, string> = {};
  /** What the steps have printed so far. */
  log = "";
  /** Of the step that is running. */
  pid = 0;
  code: number | null = 0;

  constructor(person: Person, inputs: Readonly<Record<string, string>>) {
    this.person = person;
    this.#files = join(person.home, "runner");
    mkdirSync(this.#files, { recursive: true });
    for (const name of Object.keys(inputs)) expect(ACTION.inputs, name).toHaveProperty(name);
    for (const [name, input] of Object.entries(ACTION.inputs)) {
      this.#contexts[`inputs.${name}`] = inputs[name] ?? input.default;
    }
  }

  get summary(): string {
    const path = join(this.#files, "summary");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  output(name: string): string {
    return this.#filled(ACTION.outputs[name]?.value ?? "");
  }

  /** Plays the steps until one fails; but for one whose output is `given`. */
  async play(given: Readonly<Record<string, string>> = {}): Promise<this> {
    Object.assign(this.#contexts, given);
    const isGiven = (step: Step): boolean =>
      Object.keys(given).some((name) => name.startsWith(`steps.${step.id}.`));
    for (const [index, step] of ACTION.runs.steps.entries()) {
      if (step.run === undefined || isGiven(step)) continue;
      const output = join(this.#files, `output-${index}`);
      writeFileSync(output, "");
      this.code = await this.#runStep(step, output);
      for (const line of readFileSync(output, "utf8").split("\n").filter(Boolean)) {
        const [name, ...value] = line.split("=");
        this.#contexts[`steps.${step.id}.outputs.${name}`] = value.join("=");
      }
      if (this.code !== 0) break;
    }
    return this;
  }

  #runStep({ run = "", env = {} }: Step, output: string): Promise<number | null> {
    const script = join(this.#files, "step.sh");
    writeFileSync(script, run);
    // As the runner's `shell: bash` does.
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", script], {
      cwd: this.person.cwd,
      env: {
        ...this.person.env,
        ...npmSettings(),
        ...Object.fromEntries(
          Object.entries(env).map(([name, text]) => [name, this.#filled(text)]),
        ),
        CI: "true",
        GITHUB_ACTIONS: "true",
        GITHUB_ACTION_PATH: ROOT,
        GITHUB_OUTPUT: output,
        GITHUB_STEP_SUMMARY: join(this.#files, "summary"),
        RUNNER_TEMP: this.#files,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.log += text;
      });
    }
    this.pid = child.pid as number;
    return new Promise((resolve) => child.on("close", (code) => resolve(code)));
  }

  #filled(text: string): string {
    return text.replaceAll(/\$\{\{ (\S+) \}\}/g, (_, name: string) => this.#contexts[name] ?? "");
  }
}

/** npm as this machine is set up for it, whoever's home directory it is: its registry, whom it trusts, its proxies. */
function npmSettings(): Record<string, string> {
  const set = Object.entries(process.env).filter(([name]) =>
    /^(npm_config_|NODE_EXTRA_CA_CERTS$|https?_proxy$|no_proxy$)/i.test(name),
  );
  const file = { npm_config_userconfig: join(homedir(), ".npmrc") };
  return { ...file, ...(Object.fromEntries(set) as Record<string, string>) };
}

const GOOD = badDay([]).replace("bad day", "good");
const BAD = badDay([], { assert: "main.requests <= 1" });
/** A step that its own check proves only from the `rounds`th playing on. */
const doubtful = (person: Person, rounds: number): string => {
  const counter = join(person.home, "played");
  const check = `echo . >> ${counter}; test $(wc -l < ${counter}) -ge ${rounds}`;
  const steps = `{ id: doubt, do: exec, target: { replica: app1 }, irreversible: true, with: { run: "true", verify: [sh, -c, "${check}"] } }`;
  return badDay([steps]).replace("bad day", "doubtful");
};

describe("action.yml", () => {
  const { steps } = ACTION.runs;

  test("is a composite action that reads no input as code", () => {
    expect(ACTION.runs.using).toBe("composite");
    for (const { run } of steps) expect(run ?? "").not.toContain("${{");
  });

  test("runs what exists", () => {
    const scripts = steps.flatMap(
      ({ run = "" }) => run.match(/\$GITHUB_ACTION_PATH\/[^" ]+/g) ?? [],
    );
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) {
      expect(existsSync(script.replace("$GITHUB_ACTION_PATH", ROOT)), script).toBe(true);
    }
  });

  test("pins what it uses of others to a commit", () => {
    const uses = steps.flatMap(({ uses }) => uses ?? []);
    expect(uses.length).toBeGreaterThan(0);
    for (const each of uses) expect(each).toMatch(/@[0-9a-f]{40}$/);
  });

  test("uses each of its inputs, and only those that it has", () => {
    const used = [...TEXT.matchAll(/\binputs\.([a-z-]+)/g)].map(([, name]) => name);
    expect([...new Set(used)].sort()).toEqual(Object.keys(ACTION.inputs).sort());
  });

  test("is described input by input in the documentation", () => {
    const docs = readFileSync(join(ROOT, "docs", "ci.md"), "utf8");
    for (const name of [...Object.keys(ACTION.inputs), ...Object.keys(ACTION.outputs)]) {
      expect(docs).toContain(`\`${name}\``);
    }
  });
});

describe("the steps of the action", () => {
  test("pass with what holds: outputs, summary, reports, and nothing left", async (context) => {
    const person = visit(context);
    person.write("one fine day.yaml", GOOD);
    const job = new Job(person, { scenarios: "\n  one*.yaml\n", args: "--seed 42" });
    expect((await job.play()).code, job.log).toBe(0);
    expect(["verdict", "exit-code", "report"].map((name) => job.output(name))).toEqual([
      "pass",
      "0",
      "aegis-report",
    ]);
    expect(job.summary).toMatch(/^## .*PASS: good/m);
    expect(job.summary).not.toContain("without a verdict");
    const kept = join(person.cwd, "aegis-report");
    expect(readFileSync(join(kept, "junit.xml"), "utf8")).toContain("<testsuite");
    const [run] = readdirSync(join(kept, "runs")).filter((name) => name !== "latest");
    const report = JSON.parse(
      readFileSync(join(kept, "runs", run as string, "report.json"), "utf8"),
    );
    expect(report).toMatchObject({ verdict: "pass", seed: 42 });
    expect(await residue(nothing(person), 1)).toBe("");
  });

  test("fail with what does not hold, and the worst verdict is the output", async (context) => {
    const person = visit(context);
    person.write("good.yaml", GOOD);
    person.write("bad.yaml", BAD);
    const inputs = { scenarios: "good.yaml\nbad.yaml", "report-directory": "out/kept" };
    const job = await new Job(person, inputs).play();
    expect(job.code, job.log).toBe(1);
    expect([job.output("verdict"), job.output("exit-code")]).toEqual(["fail", "1"]);
    expect(job.log).toContain("::error title=aegis::an assertion does not hold (exit code 1)");
    expect(job.summary).toMatch(/FAIL: bad day/);
    expect(existsSync(join(person.cwd, "out", "kept", "junit.xml"))).toBe(true);
  });

  // Side by side, each on a stack of its own: they mostly wait.
  test.for([
    ["fail", 1, 3, "inconclusive", 3],
    ["pass", 1, 0, "inconclusive", 3],
    ["retry-once", 2, 0, "pass", 0],
    ["retry-once", 3, 3, "inconclusive", 3],
  ] as const)(
    "inconclusive under %s, %d playings: end with %d, say %s",
    async ([mode, playings, code, verdict, exit], context) => {
      const person = visit(context);
      // Proven from the second playing on, or from the third, which there never is.
      person.write("s.yaml", doubtful(person, playings === 1 ? 2 : playings));
      const job = await new Job(person, { scenarios: "s.yaml", "on-inconclusive": mode }).play();
      expect(job.code, job.log).toBe(code);
      expect([job.output("verdict"), job.output("exit-code")]).toEqual([verdict, `${exit}`]);
      const played = readFileSync(join(person.home, "played"), "utf8").length / 2;
      expect(played).toBe(mode === "retry-once" ? 2 : 1);
      expect(job.summary.includes("played once more")).toBe(mode === "retry-once");
    },
  );

  test("hand each input on as the one argument that it is", async (context) => {
    const person = visit(context);
    const job = new Job(person, {
      scenarios: "crash-one\n my own.yaml ",
      compose: "dir with blanks/compose.yml",
      project: "shop",
      engine: "docker",
      allow: "shop, other",
      args: "--seed 42 --url '/a b'",
    });
    // In the place of aegis, as the step before has named it: it says what it was called with.
    const program = person.write("told.js", "console.log(JSON.stringify(process.argv.slice(2)))");
    expect((await job.play({ "steps.install.outputs.program": program })).code, job.log).toBe(0);
    expect(JSON.parse(/^\[.*\]$/m.exec(job.log)?.[0] ?? "null")).toEqual([
      ...["chaos", "run", "--out=aegis-report/runs", "--junit=aegis-report/junit.xml"],
      ...["--compose=dir with blanks/compose.yml", "--project=shop", "--engine=docker"],
      ...["--allow=shop", "--allow=other", "--seed", "42", "--url", "/a b"],
      ...["--", "crash-one", "my own.yaml"],
    ]);
  });

  test("read no input as code or as an option", async (context) => {
    const person = visit(context);
    const evil = "$(touch pwned) `touch pwned`; touch pwned #";
    const job = new Job(person, {
      scenarios: `--out=pwned\n${evil}`,
      project: `x ${evil}`,
      allow: evil,
      args: "'--seed=1; touch pwned'",
    });
    expect((await job.play()).code, job.log).toBe(2);
    expect([job.output("verdict"), job.output("exit-code")]).toEqual(["none", "2"]);
    expect(job.summary).toContain("exit code 2, without a verdict");
    expect(readdirSync(person.cwd).filter((name) => name.includes("pwned"))).toEqual([]);
  });

  test.for([
    { "on-inconclusive": "maybe" },
    { args: "--seed 'not closed" },
    { scenarios: "no-such-file.yaml" },
    { version: "/no/such.tgz" },
  ])("refuse %j", async (inputs, context) => {
    const job = await new Job(visit(context), inputs).play();
    expect(job.code, job.log).not.toBe(0);
    expect(job.log).toMatch(/::error title=aegis::|npm error/);
  });

  test("pass a cancelled job's signal on: everything is undone before they end", async (context) => {
    const person = visit(context);
    person.write("s.yaml", badDay([LONG_FREEZE]));
    const job = new Job(person, { scenarios: "s.yaml" });
    const playing = job.play();
    await vi.waitFor(() => expect(job.log).toMatch(/freeze#1/), { timeout: 120_000 });
    process.kill(job.pid, "SIGINT");
    await playing;
    expect(job.code, job.log).toBe(130);
    expect(job.output("exit-code")).toBe("130");
    expect(await residue(nothing(person), 1)).toBe("");
  });
});

test("a version of the package is installed from its tarball, and plays", async (context) => {
  const person = visit(context);
  person.write("good.yaml", GOOD);
  const inputs = { version: packed(context).tarball, scenarios: "good.yaml" };
  const job = await new Job(person, inputs).play();
  expect(job.code, job.log).toBe(0);
  expect(job.output("verdict")).toBe("pass");
  expect(job.log).toMatch(/^aegis \d/m);
});
