import { describe, expect, test } from "vitest";
import type { Timeline } from "../model/timeline.ts";
import { exampleRun } from "./example/run.ts";
import { createPaper } from "./paper.ts";
import { stepsSection } from "./terminal/steps.ts";
import { stripsSection } from "./terminal/strips.ts";
import { terminalReport } from "./terminal.ts";
import { textWidth } from "./text-width.ts";

const WORDS = ["pass", "fail", "inconclusive"] as const;
const RUNS = {
  pass: exampleRun("pass"),
  fail: exampleRun("fail"),
  inconclusive: exampleRun("inconclusive"),
};
const ESCAPE = String.fromCharCode(27);

function report(word: (typeof WORDS)[number], width = 80, more = {}): string {
  const { timeline, verdict } = RUNS[word];
  const options = { width, color: false, unicode: true, runPath: ".aegis/runs/x", ...more };
  return terminalReport(timeline, verdict, options);
}

describe.each(WORDS)("the terminal report of a run that says %s", (word) => {
  test("fits every width from 20 to 200, in both alphabets", () => {
    const every = word === "fail" ? 1 : 11;
    for (let width = 20; width <= 200; width += every) {
      const lines = report(word, width, { unicode: width % 2 === 0 }).split("\n");
      const tooWide = lines.filter((line) => textWidth(line) > width);
      expect(tooWide, `at width ${width}`).toEqual([]);
    }
  });

  test("has no escape sequence without colour, and says the same with it", () => {
    const plain = report(word);
    const colored = report(word, 80, { color: true });
    expect(plain).not.toContain(ESCAPE);
    expect(colored).toContain(ESCAPE);
    const stripped = colored.replaceAll(new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g"), "");
    expect(words(stripped)).toEqual(words(plain));
  });

  test("is the same every time", () => {
    expect(report(word)).toBe(report(word));
  });

  test("is ASCII alone when the terminal knows no more", () => {
    expect(report(word, 80, { unicode: false })).toMatch(/^[\n\x20-\x7e]*$/);
  });

  test("leaves no blanks at the ends of lines", () => {
    expect(
      report(word)
        .split("\n")
        .filter((line) => line !== line.trimEnd()),
    ).toEqual([]);
  });
});

test("says the verdict first, then one sentence", () => {
  expect(report("fail").split("\n").slice(0, 2).join(" ")).toMatch(
    /^FAIL {2}A crash storm, then one replica freezes 451 of 8,800 requests failed/,
  );
  expect(report("pass")).toMatch(/^PASS /);
  expect(report("inconclusive")).toMatch(/^INCONCLUSIVE /);
});

test("explains failed and doubtful findings, and only those", () => {
  const said = flat(report("fail"));
  expect(said).toContain("427 of 8,000 requests failed between chaos +2.1s");
  expect(said).toContain("scenarios/crash-storm.yaml:32");
  expect(flat(report("inconclusive"))).toContain("37 arrivals were dropped at chaos +8.0s");
  expect(report("pass")).not.toContain("scenarios/crash-storm.yaml:3");
});

test("says how long it lasted, only where something failed or nothing was answered", () => {
  expect(flat(report("fail", 120))).toMatch(
    /longest outage 1\.2s .*longest gap 1\.2s, impaired for 3\.\d+s/,
  );
  expect(report("pass")).not.toContain("longest");
});

test("draws crashes, the freeze, recoveries and the replica that never came back on one scale", () => {
  const lines = report("fail", 80).split("\n");
  const storm = lines.find((line) => line.startsWith("  storm")) ?? "";
  const freeze = lines.find((line) => line.startsWith("  freeze")) ?? "";
  expect(storm.match(/▲/g)).toHaveLength(5);
  expect(storm.at(-1)).toBe("✗");
  const axis = lines.find((line) => line.includes(" 0s ")) ?? "";
  const phases = lines.find((line) => line.includes("│chaos")) ?? "";
  expect(axis.indexOf(" 0s ") + 1).toBe(phases.indexOf("│chaos"));
  expect(freeze).toMatch(/━{6,8}╌/);
  const main = lines.find((line) => line.startsWith("  main")) ?? "";
  expect(main.indexOf("▁")).toBeGreaterThanOrEqual(freeze.indexOf("━"));
  expect(report("pass").match(/^ {2}main.*$/m)?.[0]).toMatch(/^ {2}main +█+$/);
});

test("shows kept and fresh connections apart for the traffic that asked for fresh ones", () => {
  const lines = report("pass", 100).split("\n");
  expect(lines.filter((line) => line.includes("kept alive"))).toHaveLength(1);
  expect(lines.find((line) => line.includes("└ kept alive"))).toContain("7,200");
  expect(lines.find((line) => line.includes("└ fresh"))).toContain("800");
});

test("names who answered, the tester's health, and the commands to look, judge and play again", () => {
  const said = flat(report("inconclusive", 120));
  expect(said).toMatch(/main app1 [\d,]+ 33\.\d%/);
  expect(said).toMatch(/main 200\/s 0\.00% 0\.07ms 0\.\d+ms 0\.\d+ms 37 3/);
  expect(said).toContain("seed 42 · engine process");
  expect(said).toContain("aegis judge .aegis/runs/x");
  expect(said).toContain("aegis chaos run scenarios/crash-storm.yaml --seed 42");
});

test("the command to play it again has the options that chose its stack", () => {
  const { timeline, verdict } = RUNS.pass;
  const options = ["--cmd", "node server.js", "--replicas", "3", "--url", "/"];
  const header = { ...timeline.header, plan: { ...timeline.header.plan, options } };
  const width = { width: 140, color: false, unicode: true, runPath: null };
  expect(flat(terminalReport({ ...timeline, header }, verdict, width))).toContain(
    "play again aegis chaos run scenarios/crash-storm.yaml --cmd 'node server.js' --replicas 3 --url / --seed 42",
  );
});

test("names a run by its id where runs usually are, else by its path", () => {
  const { run } = RUNS.pass.timeline.header;
  const said = (runPath: string) => flat(report("pass", 120, { runPath }));
  expect(said(`.aegis/runs/20260101T000000Z-x-${run}`)).toContain(
    `look again aegis report ${run} `,
  );
  expect(said(`/out/x-${run}`)).toContain(`look again aegis report /out/x-${run} `);
});

test("says once why it cannot tell, however many of its parts know it", () => {
  const { timeline, verdict } = RUNS.inconclusive;
  const ended = {
    type: "run",
    t: timeline.end,
    stage: "ended",
    reason: "interrupted",
    detail: "interrupted by SIGINT",
    signal: "SIGINT",
  } as const;
  const [first] = verdict.findings;
  if (!first) throw new Error("the example has findings");
  const nothing = "no request was due in this window";
  const findings = [
    { ...first, status: "inconclusive", sentence: `N${nothing.slice(1)}.`, doubts: [nothing] },
  ] as const;
  const said = terminalReport(
    { ...timeline, ended },
    {
      ...verdict,
      findings,
      summary: "Inconclusive: interrupted by SIGINT.",
      doubts: ["interrupted by SIGINT", "left behind: app1 is gone"],
    },
    { width: 80, color: false, unicode: true, runPath: null },
  );
  expect(said.match(/interrupted by SIGINT/gi)).toHaveLength(1);
  expect(said.match(/no request was due/gi)).toHaveLength(1);
  expect(said).toContain("left behind: app1 is gone");
});

test("says that a step was skipped, and why", () => {
  expect(flat(report("pass"))).toContain("probe: exec, skipped: this engine cannot exec");
});

test("lists of hundreds of injections only those that did not go well", () => {
  const { timeline } = RUNS.fail;
  const [storm] = timeline.steps;
  if (!storm) throw new Error("the example has a storm");
  const injections = Array.from({ length: 60 }, () => storm.injections).flat();
  const many: Timeline = { ...timeline, steps: [{ ...storm, injections }] };
  const lines = stepsSection(createPaper({ width: 100, color: false, unicode: true }), many);
  expect(lines.join(" ")).toContain("300 injections");
  expect(lines.filter((line) => line.includes("storm#5"))).toHaveLength(8);
  expect(lines.filter((line) => line.includes("storm#1"))).toEqual([]);
});

test("texts from outside cannot move the cursor or colour the report", () => {
  const { timeline, verdict } = RUNS.fail;
  const evil = `${ESCAPE}[2J\r\u009b31m\u202eevil\u0007`;
  const plan = { ...timeline.header.plan, name: evil, file: `${evil}.yaml` };
  const findings = verdict.findings.map((finding) => ({
    ...finding,
    sentence: evil,
    measured: evil,
    subject: evil,
  }));
  const text = terminalReport(
    { ...timeline, header: { ...timeline.header, plan, engine: evil } },
    { ...verdict, findings, summary: evil, doubts: [evil] },
    { width: 80, color: false, unicode: true, runPath: evil },
  );
  expect(text).toContain("evil");
  expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}|\p{Cf}/u);
});

test("a journal that was cut short, or holds almost nothing, still makes a report", () => {
  const { timeline, verdict } = RUNS.pass;
  const empty: Timeline = {
    ...timeline,
    phases: [],
    end: 0,
    ended: null,
    traffic: timeline.traffic.map(({ plan }) => {
      return { plan, buckets: [], outages: [], gaps: [], samples: [] };
    }),
    steps: [],
    replicas: [],
    events: [],
    notes: [],
  };
  const options = { width: 80, color: false, unicode: true, runPath: null };
  const text = terminalReport(empty, { ...verdict, findings: [] }, options);
  expect(text).toContain("The journal was cut short");
  expect(text).not.toContain("NaN");
  expect(terminalReport({ ...empty, traffic: [] }, verdict, options)).toContain("PASS");
});

function flat(text: string): string {
  return words(text).join(" ");
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

test("of a random step it says which kind struck whom, instant ones as instant", () => {
  const { timeline } = RUNS.pass;
  const [storm, freeze] = timeline.steps;
  if (!storm || !freeze) throw new Error("the example has a storm and a freeze");
  const alternatives = [
    { kind: "crash", params: {}, forMs: null },
    { kind: "pause", params: {}, forMs: 4000 },
  ];
  const plan = { ...storm.plan, id: "monkey", held: true, alternatives };
  const injections = [...storm.injections.slice(0, 1), ...freeze.injections];
  const steps = [{ ...storm, plan, injections }];
  const paper = createPaper({ width: 100, color: false, unicode: true });
  const lines = stepsSection(paper, { ...timeline, steps });
  expect(flat(lines.join(" "))).toContain("monkey: crash or pause of app2 (2x), 2 injections");
  expect(lines[4]).toMatch(/storm#1 +crash of app2 +chaos \+0\.0s +injected/);
  expect(lines[5]).toMatch(/freeze#1 +pause of app2 +chaos \+12\.4s +4s +injected/);
  const strip = stripsSection(paper, { ...timeline, steps }).find((line) =>
    line.includes("monkey"),
  );
  expect(strip).toMatch(/▲╌ +━+╌/);
});

test("of a run that was ended early it does not say that somebody never recovered", () => {
  const { timeline } = RUNS.fail;
  const said = (reason: "complete" | "interrupted") => {
    const ended = timeline.ended && { ...timeline.ended, reason };
    const paper = createPaper({ width: 100, color: false, unicode: true });
    return stepsSection(paper, { ...timeline, ended }).find((line) => line.includes("storm#5"));
  };
  expect(said("complete")).toMatch(/never$/);
  expect(said("interrupted")).toMatch(/undecided$/);
});

test("of a step that could not be applied it says so, and why", () => {
  const { timeline } = RUNS.pass;
  const [, freeze] = timeline.steps;
  if (!freeze) throw new Error("the example has a freeze");
  const [injection] = freeze.injections;
  if (!injection) throw new Error("the freeze has an injection");
  const never = { appliedAt: null, harmEndedAt: null, recoveredAt: null, proven: false };
  const failed = { ...injection, ...never, failure: "no such process" };
  const steps = [{ ...freeze, stage: "not-injected" as const, injections: [failed] }];
  const paper = createPaper({ width: 100, color: false, unicode: true });
  const said = flat(stepsSection(paper, { ...timeline, steps }).join(" "));
  expect(said).toContain("freeze: pause of app2, not injected");
  expect(said).toContain("failed: no such process");
  expect(said).not.toContain("proven");
});
