import { describe, expect, test } from "vitest";
import { parseAssertion } from "./assertion.ts";
import type { KnownNames } from "./subjects.ts";
import { PhraseError } from "./words.ts";

const NAMES: KnownNames = {
  traffics: ["main", "orders"],
  services: ["balancer", "app"],
  replicas: ["balancer", "app1", "app2", "app3"],
  steps: new Map([
    ["crash", { outcomes: ["crashed"], targeted: true }],
    ["freeze", { outcomes: ["frozen"], targeted: true }],
    ["halt", { outcomes: ["drained", "killed", "failed"], targeted: true }],
    ["roll", { outcomes: ["done"], targeted: true }],
    ["pause-a-bit", { outcomes: ["waited"], targeted: false }],
  ]),
};
const RUN = { kind: "run" } as const;

describe("every line of the design parses to what it says", () => {
  test.each<[string, object]>([
    [
      "main.failed == 0",
      {
        about: "measure",
        traffic: "main",
        measure: { name: "failed" },
        window: RUN,
        comparison: "==",
        limits: [{ kind: "number", value: 0 }],
      },
    ],
    [
      "main.p99 during freeze <= 2x baseline or 400ms",
      {
        measure: { name: "latency", quantile: 0.99 },
        window: { kind: "during", step: "freeze", plusMs: 0 },
        comparison: "<=",
        limits: [
          { kind: "baseline", times: 2 },
          { kind: "duration", ms: 400 },
        ],
      },
    ],
    ["main.gap <= 500ms", { measure: { name: "gap" }, limits: [{ kind: "duration", ms: 500 }] }],
    ["failed == 0", { traffic: null, measure: { name: "failed" } }],
    ["success >= 99.9%", { limits: [{ kind: "percent", fraction: 0.9990000000000001 }] }],
    ["main.success>=99.9%", { comparison: ">=" }],
    ["p99.9 <= 1s", { traffic: null, measure: { name: "latency", quantile: 0.999 } }],
    ["main.p99.9 <= 1s", { traffic: "main", measure: { name: "latency", quantile: 0.999 } }],
    ["main.max < 1.5s", { measure: { name: "latency", quantile: 1 } }],
    ["errors.timeout == 0", { traffic: null, measure: { name: "errors", errorClass: "timeout" } }],
    [
      "main.errors.reset == 0",
      { traffic: "main", measure: { name: "errors", errorClass: "reset" } },
    ],
    ["main.failed outside steps == 0", { window: { kind: "outside" } }],
    ["main.failed in recovery == 0", { window: { kind: "phase", phase: "recovery" } }],
    [
      "main.failed during freeze + 2s == 0",
      { window: { kind: "during", step: "freeze", plusMs: 2000 } },
    ],
    [
      "main.failed after crash+250ms == 0",
      { window: { kind: "after", step: "crash", plusMs: 250 } },
    ],
    ["main.failed == 0 during freeze", { window: { kind: "during", step: "freeze", plusMs: 0 } }],
    [
      "main.versions during roll == v1, v2",
      { measure: { name: "versions" }, limits: [{ kind: "words", words: ["v1", "v2"] }] },
    ],
    ["main.versions == 1.2.3", { limits: [{ kind: "words", words: ["1.2.3"] }] }],
    ["replicas >= 2", { traffic: null, limits: [{ kind: "number", value: 2 }] }],
    [
      "recovery of every step <= 10s",
      { about: "fact", fact: "recovery", step: null, comparison: "<=" },
    ],
    ["recovery of crash <= 10s", { step: "crash" }],
    [
      "outcome of halt == drained",
      { fact: "outcome", step: "halt", limits: [{ kind: "words", words: ["drained"] }] },
    ],
    ["outcome of halt != failed", { limits: [{ kind: "words", words: ["failed"] }] }],
    ["outcome of halt != not-injected", { comparison: "!=" }],
    [
      "app.ready >= 2 throughout",
      {
        about: "state",
        subject: "app",
        state: "ready",
        throughout: RUN,
        condition: { comparison: ">=", limits: [{ kind: "number", value: 2 }] },
      },
    ],
    ["app.ready throughout >= 2", { throughout: RUN }],
    ["app.ready == 3", { throughout: null }],
    [
      "app.ready throughout during freeze >= 2",
      { throughout: { kind: "during", step: "freeze", plusMs: 0 } },
    ],
    ["app1.instance unchanged", { subject: "app1", condition: "unchanged", throughout: null }],
    ["balancer.instance throughout unchanged", { condition: "unchanged", throughout: RUN }],
    [
      "app2.version == v2",
      { condition: { comparison: "==", limits: [{ kind: "words", words: ["v2"] }] } },
    ],
  ])("%s", (text, expected) => expect(parseAssertion(text, NAMES)).toMatchObject(expected));
});

describe("a mistake is told at its character, with what was meant", () => {
  test.each<[string, string, RegExp, RegExp]>([
    ["failed <= 0.1%", "0.1%", /a count such as 0 for failed/, /"success >= 99.9%"/],
    ["main.failed < 5%", "5%", /count/, /"main.success > 95%"/],
    ["main.errors.reset == 1%", "1%", /count/, /"main.success == 99%"/],
    ["main.success >= 0.999", "0.999", /percentage/, /write 99.9%/],
    ["main.success >= 99", "99", /percentage/, /write 99%/],
    ["main.success >= 200%", "200%", /at most 100%/, /100%/],
    ["main.p99 <= 400", "400", /duration/, /400ms or 400s/],
    ["main.p99 <= 400 ms", "400", /duration/, /400ms/],
    ["main.outage <= 2x baseline", "2x", /duration/, /500ms/],
    ["main.p99 <= baseline", "baseline", /how many times/, /1x baseline/],
    ["main.p99 <= 2x", "", /"baseline" after 2x/, /baseline/],
    ["man.failed == 0", "man", /no traffic "man"/, /"main"/],
    ["app.failed == 0", "app.", /"app" is no traffic/, /app.ready.*main, orders/],
    ["main.ready == 1", "main.", /"main" is a traffic/, /use one of/],
    ["ap.ready >= 2", "ap.", /no service or replica "ap"/, /"app"/],
    ["main.faild == 0", "faild", /"faild" is nothing/, /"failed"/],
    ["app.redy >= 2", "redy", /"redy" is nothing/, /"ready"/],
    ["main.errors.timout == 0", "timout", /no class of errors "timout"/, /"timeout"/],
    ["faild == 0", "faild", /something to measure/, /"failed"/],
    ["main.p98 <= 1s", "p98", /"p98" is nothing/, /"p9/],
    ["main.failed = 0", "=", /comparison/, /write ==/],
    ["main.failed => 0", "=>", /comparison/, /write >=/],
    ["main.failed druing freeze == 0", "druing", /comparison/, /"during"/],
    ["main.failed during freez == 0", "freez", /no step "freez"/, /"freeze"/],
    ["main.failed in chaso == 0", "chaso", /a phase/, /"chaos"/],
    ["main.failed outside == 0", "==", /"steps" after/, /"steps"|steps/],
    ["main.failed during freeze + 2 == 0", "2", /duration after \+/, /write 2s/],
    ["main.failed ==", "", /got the end of the line/, /add a limit/],
    ["main.failed == 0 0", "0", /nothing more/, /remove/],
    ["recovery of evry step <= 1s", "evry", /no step "evry"/, /use one of|did you mean/],
    ["recovery of every crash <= 1s", "crash", /"step" after "every"/, /step/],
    ["recovery of pause-a-bit <= 1s", "pause-a-bit", /harms nothing/, /remove/],
    ["recovery crash <= 1s", "crash", /"of" and a step/, /of/],
    ["outcome of halt == draind", "draind", /no outcome of halt/, /"drained"/],
    ["outcome of halt >= drained", "drained", /equal or not/, /==/],
    ["app.ready during freeze >= 2", "during", /"throughout" before/, /throughout during/],
    ["main.versions == v1,", "", /after the comma/, /remove the comma/],
    ["", "", /got nothing/, /main.failed == 0/],
  ])("%s", (text, where, message, hint) => {
    let thrown: unknown;
    try {
      parseAssertion(text, NAMES);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(PhraseError);
    const { offset, message: told, hint: help } = thrown as PhraseError;
    expect(told).toMatch(message);
    expect(help).toMatch(hint);
    expect(offset).toBe(where === "" ? text.length : text.lastIndexOf(where));
  });
});

test("with a stack that could not be read, any service goes", () => {
  const names = { ...NAMES, services: null, replicas: null };
  expect(parseAssertion("nobody.ready >= 2", names)).toMatchObject({ subject: "nobody" });
});

test("no line of random words does anything but parse or be refused", () => {
  const bits =
    "main app crash . == <= 0 5% 2x baseline or , + of every step during throughout failed p99 2s".split(
      " ",
    );
  let parsed = 0;
  for (let i = 1; i < 3000; i++) {
    const text = [1, 2, 3, 4, 5]
      .map((n) => bits[(i * 7919 * n * n + i * n) % bits.length])
      .join(i % 3 ? " " : "");
    try {
      parseAssertion(text, NAMES);
      parsed += 1;
    } catch (thrown) {
      if (!(thrown instanceof PhraseError)) throw thrown;
    }
  }
  expect(parsed).toBeLessThan(3000);
});
