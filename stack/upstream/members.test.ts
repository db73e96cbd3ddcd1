import { expect, test } from "vitest";
import { parseMemberList, parseMembersFile } from "./members.ts";

test("a list names members with host and port", () => {
  expect(parseMemberList("app1=127.0.0.1:3001, app2=host.local:80,")).toEqual([
    { name: "app1", host: "127.0.0.1", port: 3001 },
    { name: "app2", host: "host.local", port: 80 },
  ]);
});

test.each(["app1", "app1=host", "app1=host:x", "=host:1"])("%j is no member", (text) => {
  expect(() => parseMemberList(text)).toThrow(`expected NAME=HOST:PORT, got "${text}"`);
});

test("a file names members, maybe none", () => {
  const members = [{ name: "a", host: "h", port: 1 }];
  expect(parseMembersFile(JSON.stringify({ members }), "f")).toEqual(members);
  expect(parseMembersFile('{"members":[]}', "f")).toEqual([]);
});

test.each([
  "",
  "{",
  "null",
  "[]",
  "{}",
  '{"members":[{"name":"a","host":"h"}]}',
  '{"members":[null]}',
])("%j is no members file", (text) =>
  expect(() => parseMembersFile(text, "app.json")).toThrow("app.json: "),
);
