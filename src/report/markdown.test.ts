import { describe, expect, test } from "vitest";
import { exampleRun } from "./example/run.ts";
import { markdownReport } from "./markdown.ts";
import { markdownCode, markdownText } from "./markdown-text.ts";

const OPTIONS = { runPath: ".aegis/runs/x" };

function report(word: "pass" | "fail" | "inconclusive"): string {
  const { timeline, verdict } = exampleRun(word);
  return markdownReport(timeline, verdict, OPTIONS);
}

/** The cells of a table line, as GitHub splits them. */
function cells(line: string): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1);
}

describe.each(["pass", "fail", "inconclusive"] as const)(
  "the Markdown of a run that says %s",
  (word) => {
    test("begins with the verdict and is the same every time", () => {
      expect(report(word)).toMatch(new RegExp(`^## .+ ${word.toUpperCase()}: A crash storm`));
      expect(report(word)).toBe(report(word));
    });

    test("has tables whose lines all have as many cells as their head", () => {
      const tables = report(word)
        .split("\n\n")
        .filter((block) => block.startsWith("| "));
      expect(tables.length).toBeGreaterThanOrEqual(5);
      for (const table of tables) {
        const [head = "", ...rest] = table.split("\n");
        for (const line of rest) expect(cells(line)).toHaveLength(cells(head).length);
      }
    });
  },
);

test("puts measured beside allowed, and explains what does not hold", () => {
  expect(report("fail")).toContain("| ❌ | `main.gap <= 500ms` | 1.2s | at most 500ms |");
  expect(report("fail")).toContain("- ❌ `main.gap <= 500ms`: No request succeeded for 1.2s");
  expect(report("pass")).toContain("| ✅ | `main.gap <= 500ms` | under 100ms | at most 500ms |");
  expect(report("pass")).not.toContain("- ❌");
});

test("shows skipped steps, and kept and fresh connections apart", () => {
  expect(report("pass")).toContain("skipped: this engine cannot exec");
  expect(report("pass")).toMatch(/\| – fresh connections \| 800 \|/);
});

test("nothing from outside becomes markup, a link, a mention or another cell", () => {
  const { timeline, verdict } = exampleRun("fail");
  const nasty = "a|b `c` <img src=x> [l](http://e.x) *b* @team\n# h \u001b[31m";
  const findings = verdict.findings.map((finding) => ({
    ...finding,
    assertion: nasty,
    sentence: nasty,
    measured: nasty,
    subject: nasty,
  }));
  const plan = { ...timeline.header.plan, name: nasty };
  const text = markdownReport(
    { ...timeline, header: { ...timeline.header, plan } },
    { ...verdict, findings, summary: nasty, doubts: [nasty] },
    OPTIONS,
  );
  const outsideCode = text.replace(/``[^\n]*?``/g, "").replaceAll("\n", " ");
  expect(outsideCode).not.toMatch(/<img|\[l\]\(|https?:|@team|\p{Cc}/u);
  const table = text.split("\n\n").find((block) => block.includes("| assertion |")) ?? "";
  for (const line of table.split("\n")) expect(cells(line)).toHaveLength(4);
});

test.each([
  ["1. item", "1\\. item"],
  ["a|b_c*d", "a\\|b\\_c\\*d"],
  ["<b>&", "&lt;b&gt;&amp;"],
])("%j is shown as it is", (text, markdown) => {
  expect(markdownText(text)).toBe(markdown);
});

test("code holds backquotes and pipes", () => {
  expect(markdownCode("main.p99 <= 1s")).toBe("`main.p99 <= 1s`");
  expect(markdownCode("a `b` | c")).toBe("`` a `b` \\| c ``");
});
