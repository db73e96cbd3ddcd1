import { expect, test } from "vitest";
import type { InjectionRecord } from "../model/journal.ts";
import { masker } from "../tester/mask.ts";
import { maskedRecord } from "./masked-record.ts";

const record: InjectionRecord = {
  type: "injection",
  t: 5,
  step: "print",
  injection: "print#1",
  kind: "exec",
  target: null,
  stage: "applied",
  outcome: null,
  detail: "said hunter2",
  facts: { ran: { exitCode: 0, stdout: "TOKEN=hunter2\n", lines: ["hunter2", 7] } },
};

test("a secret is masked however deep it stands, and nothing else changes", () => {
  expect(maskedRecord(record, masker(["hunter2"]))).toEqual({
    ...record,
    detail: "said ***",
    facts: { ran: { exitCode: 0, stdout: "TOKEN=***\n", lines: ["***", 7] } },
  });
  expect(maskedRecord(record, masker([]))).toEqual(record);
});
