import { expect, test } from "vitest";
import { typedUrl, urlWithPath } from "./typed-url.ts";

const env = { TOKEN: "s3cret", HOST: "shop.test", BASE: "https://shop.test", BAD: "ftp://x" };
const placeholder = (name: string): string => `\${env:${name}}`;
const TOKEN = placeholder("TOKEN");

test.each([
  ["localhost:8080", "http://localhost:8080/", "localhost:8080"],
  ["https://shop.test/a b", "https://shop.test/a%20b", "shop.test"],
  [`localhost/${TOKEN}/x`, `http://localhost/${TOKEN}/x`, "localhost"],
  [`https://shop.test/?key=${TOKEN}`, `https://shop.test/?key=${TOKEN}`, "shop.test"],
  [
    `http://${placeholder("HOST")}:80/`,
    `http://${placeholder("HOST")}:80/`,
    `${placeholder("HOST")}:80`,
  ],
  [`${placeholder("BASE")}/x`, `${placeholder("BASE")}/x`, placeholder("BASE")],
])("%s is asked for as %s", (text, url, host) => {
  expect(typedUrl(text, env)).toEqual({ url, host });
});

test.each([
  ["ftp://localhost", "expected an http or https URL"],
  [`${placeholder("BAD")}/`, "expected an http or https URL"],
  [`http://localhost/${placeholder("NONE")}`, "the environment has no NONE"],
])("%s is refused: %s", (text, said) => {
  expect(() => typedUrl(text, env)).toThrow(said);
  expect(() => typedUrl(text, env)).not.toThrow("s3cret");
});

test.each([
  ["http://balancer/", "/health?x=1", "http://balancer/health?x=1"],
  ["http://balancer:81/a/b", "c", "http://balancer:81/a/c"],
  ["http://balancer/", `/x/${TOKEN}`, `http://balancer/x/${TOKEN}`],
  [`http://balancer/${TOKEN}`, "/", "http://balancer/"],
  [`http://${placeholder("HOST")}/a`, "/b", `http://${placeholder("HOST")}/b`],
])("%s with the path %s is %s", (url, path, whole) => {
  expect(urlWithPath(url, path, env)).toBe(whole);
});

test("a path for which the environment has no value is refused", () => {
  expect(() => urlWithPath("http://balancer/", `/${placeholder("NONE")}`, env)).toThrow("no NONE");
});
