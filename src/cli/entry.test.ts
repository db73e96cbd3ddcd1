import { expect, test } from "vitest";
import { parse } from "../compose/testing/compose-text.ts";
import { entryUrlOf } from "./entry.ts";
import { fakeHost } from "./testing/fake-host.ts";

const MARKED = "services: { db: {}, shop: { x-aegis: { entry: 8080 } } }";
const GUESSED = "services: { db: {}, shop: { ports: ['8080:80'] } }";

test.each([
  [MARKED, "/", "http://shop:8080/", []],
  [
    GUESSED,
    "/cart?id=1",
    "http://shop/cart?id=1",
    [
      "requests go to shop:80: it is the only service with published ports (another: --entry SERVICE:PORT)",
    ],
  ],
  [GUESSED, "http://elsewhere/", "http://elsewhere/", []],
])("of %s, %s is %s, and a guess is said where requests go there", (text, path, url, said) => {
  const host = fakeHost();
  expect(entryUrlOf(host, parse(text).stack, path)).toBe(url);
  expect(host.err).toEqual(said);
});

test("without an entry there is no telling where requests go", () => {
  const { stack } = parse("services: { db: {}, shop: {} }");
  expect(() => entryUrlOf(fakeHost(), stack, "/")).toThrow(/cannot tell where .* is reached/);
});
