import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { denialOf, denyFiles } from "./deny-list.ts";

let home: string;
let own: string;
let other: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "aegis-deny-"));
  own = join(home, "deny");
  other = join(home, "machine");
});
afterEach(() => rmSync(home, { recursive: true }));

test("the user's own list comes before the machine's", () => {
  expect(denyFiles({ stateHome: "/home/me/state" })).toEqual([
    "/home/me/state/deny",
    "/etc/aegis/deny",
  ]);
});

test("no list denies nothing", () => {
  expect(denialOf("shop", [own, other])).toBeNull();
});

test.each([
  ["shop", "shop"],
  ["prod-*", "prod-eu"],
  ["*", "anything"],
  ["shop-?", "shop-1"],
  ["PROD*", "prod"],
  ["a.b+c[1]", "a.b+c[1]"],
  ["*日本*", "a日本b"],
  ["shop?x", "shop😀x"],
])("%s denies %s", (pattern, project) => {
  writeFileSync(own, `${pattern}\n`);
  expect(denialOf(project, [own])).toEqual({ at: `${own}:1`, pattern });
});

test.each([
  ["shop", "shop2"],
  ["shop", "my-shop"],
  ["prod-*", "prod"],
  ["shop-?", "shop-"],
  ["a.b", "axb"],
  ["# shop", "shop"],
  ["", ""],
])("%j does not deny %j", (pattern, project) => {
  writeFileSync(own, `${pattern}\n`);
  expect(denialOf(project, [own])).toBeNull();
});

test("comments and empty lines are passed over, and the line is told", () => {
  writeFileSync(own, "# what must never be harmed\r\n\r\n  billing   # the money\r\nshop#2\r\n");
  expect(denialOf("billing", [own])).toEqual({ at: `${own}:3`, pattern: "billing" });
  expect(denialOf("shop#2", [own])?.at).toBe(`${own}:4`);
});

test("every list counts", () => {
  writeFileSync(own, "shop\n");
  writeFileSync(other, "\nbilling\n");
  expect(denialOf("billing", [own, other])?.at).toBe(`${other}:2`);
});

test("a list that cannot be read lets nothing through", () => {
  mkdirSync(own);
  expect(() => denialOf("shop", [own])).toThrow(/cannot read the deny list/);
});
