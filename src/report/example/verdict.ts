import type { Finding, Verdict, VerdictWord } from "../../model/verdict.ts";

const SPAN = [{ from: 2_000_000, to: 42_000_000 }];

const finding = (what: Partial<Finding> & Pick<Finding, "assertion" | "subject">): Finding => ({
  why: null,
  line: 30,
  status: "pass",
  measured: "0",
  allowed: "0",
  value: 0,
  samples: 8000,
  windows: SPAN,
  sentence: "",
  doubts: [],
  ...what,
});

const PASSING: readonly Finding[] = [
  finding({ assertion: "failed == 0", subject: "main" }),
  finding({ assertion: "failed == 0", subject: "orders", samples: 800 }),
  finding({
    assertion: "main.p99 during freeze <= 2x baseline or 400ms",
    subject: "main",
    line: 31,
    measured: "6.1ms",
    allowed: "at most 400ms (2x baseline is 11.6ms)",
    value: 6.1,
  }),
  finding({
    assertion: "main.gap <= 500ms",
    subject: "main",
    line: 32,
    measured: "under 100ms",
    allowed: "at most 500ms",
  }),
  finding({
    assertion: "recovery of every step <= 10s",
    subject: "storm",
    line: 33,
    measured: "0.95s",
    allowed: "at most 10s",
    value: 950,
    samples: 5,
  }),
  finding({
    assertion: "recovery of every step <= 10s",
    subject: "probe",
    line: 33,
    status: "skipped",
    measured: "not measured",
    allowed: "at most 10s",
    value: null,
    samples: null,
    sentence: "probe was skipped: this engine cannot exec: no shell in the replicas",
  }),
  finding({
    assertion: "orders.duplicates == 0",
    subject: "orders",
    line: 34,
    why: "a retry must not order twice",
  }),
];

const FAILED: Readonly<Record<string, Partial<Finding>>> = {
  "failed == 0 main": {
    status: "fail",
    measured: "427",
    value: 427,
    sentence:
      "427 of 8,000 requests failed between chaos +2.1s and +16.4s (422 during freeze#1 (pause of app2), 4 during storm#2 (crash of app1), 1 during storm#4 (crash of app1)): 422 timed out, 5 reset. Requests waited for a frozen replica: give the balancer a timeout for each try well below the 1s of the client.",
  },
  "failed == 0 orders": {
    status: "fail",
    measured: "24",
    value: 24,
    sentence:
      "24 of 800 requests failed, all timed out while freeze held app2 (chaos +12.6s to +13.8s).",
  },
  "main.p99 during freeze <= 2x baseline or 400ms main": {
    status: "pass",
    measured: "246ms",
    value: 246,
  },
  "main.gap <= 500ms main": {
    status: "fail",
    measured: "1.2s",
    value: 1200,
    sentence: "No request succeeded for 1.2s, from chaos +12.6s to +13.8s, while freeze held app2.",
  },
  "recovery of every step <= 10s storm": {
    status: "fail",
    measured: "never",
    value: null,
    sentence: "storm#5 (crash of app2) had not recovered when the run ended, 21.8s after it.",
  },
};

const DOUBTFUL: Readonly<Record<string, Partial<Finding>>> = {
  "main.p99 during freeze <= 2x baseline or 400ms main": {
    status: "inconclusive",
    sentence: "freeze is not proven, so what was measured during it says nothing.",
    doubts: ["freeze#1 (pause of app2) is not proven: it ran again 0.2s after it was frozen"],
  },
  "failed == 0 main": {
    status: "inconclusive",
    sentence: "The tester could not send 37 requests, which might have failed.",
    doubts: ["37 arrivals were dropped at chaos +8.0s"],
  },
};

/** What a judge might say of the example run. */
export function exampleVerdict(verdict: VerdictWord): Verdict {
  const changes = { pass: {}, fail: FAILED, inconclusive: DOUBTFUL }[verdict];
  const findings = PASSING.map((each) => ({
    ...each,
    ...(changes as Record<string, Partial<Finding>>)[`${each.assertion} ${each.subject}`],
  }));
  return { verdict, ...SAID[verdict], findings };
}

const SAID: Readonly<Record<VerdictWord, Omit<Verdict, "verdict" | "findings">>> = {
  pass: {
    exit: 0,
    summary: "Nobody would have noticed: 8,800 requests, none failed, in 5 crashes and a freeze.",
    doubts: [],
  },
  fail: {
    exit: 1,
    summary: "451 of 8,800 requests failed; the service was down for 1.2s while freeze held app2.",
    doubts: [],
  },
  inconclusive: {
    exit: 3,
    summary: "It cannot be told: freeze is not proven, and the tester dropped 37 requests.",
    doubts: ["freeze#1 (pause of app2) is not proven: it ran again 0.2s after it was frozen"],
  },
};
