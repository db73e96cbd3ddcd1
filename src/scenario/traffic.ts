import { resolve } from "node:path";
import { messageOf } from "../kit/errors.ts";
import { suggest } from "../kit/suggest.ts";
import type { Expect, TrafficPlan } from "../model/plan.ts";
import { type ParseContext, replicaNames, serviceNames } from "./context.ts";
import type { Placed, TrafficShape } from "./gather.ts";
import { checkPlaceholders } from "./placeholders.ts";

/** One stream of requests, checked as far as a file can be: URL, secrets, body and method. */
export function toTraffic(
  context: ParseContext,
  name: string,
  placed: Placed<TrafficShape>,
): TrafficPlan {
  const { value, directory } = placed;
  const ca = value.ca === undefined ? null : resolve(directory, value.ca);
  checkUrl(context, placed);
  checkTexts(context, placed);
  if (ca !== null) checkCertificate(context, placed, ca);
  return {
    name,
    url: value.url,
    method: value.method,
    headers: value.headers,
    body: value.body ?? null,
    rate: value.rate,
    timeoutMs: value.timeout,
    expect: toExpect(value.expect),
    fresh: value.fresh,
    ca,
    precise: value.precise,
    identify:
      value.identify === undefined
        ? null
        : {
            replica: value.identify.replica?.toLowerCase() ?? null,
            version: value.identify.version?.toLowerCase() ?? null,
          },
  };
}

function toExpect({ status, body }: TrafficShape["expect"]): Expect {
  const wanted = status === undefined ? [] : [status].flat();
  const ranges = wanted.map((each) => {
    if (typeof each === "number") return { from: each, to: each };
    const from = Number(each.charAt(0)) * 100;
    return { from, to: from + 99 };
  });
  return { status: ranges.length === 0 ? [{ from: 200, to: 399 }] : ranges, body: body ?? null };
}

function checkUrl(context: ParseContext, { source, path, value }: Placed<TrafficShape>): void {
  const place = { source, path: [...path, "url"] };
  const text = checkPlaceholders(context, place, value.url, false);
  if (text === null) return;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    const bare = /^[\w.-]+(:\d+)?(\/|$)/.test(value.url);
    const hint = `write it like ${bare ? `http://${value.url}` : "http://balancer/"}`;
    const message = `expected an http or https URL, got "${value.url}"`;
    context.problems.add({ ...place, message, hint });
    return;
  }
  const known = [...(serviceNames(context) ?? []), ...(replicaNames(context) ?? [])];
  const { hostname } = url;
  if (/[.:]|^localhost$/.test(hostname) || known.includes(hostname)) return;
  const near = suggest(hostname, known);
  if (near === undefined) return;
  const message = `the stack has no service "${hostname}"`;
  const offset = Math.max(0, value.url.indexOf(hostname));
  context.problems.add({ ...place, message, hint: `did you mean "${near}"?`, offset });
}

function checkTexts(context: ParseContext, { source, path, value }: Placed<TrafficShape>): void {
  for (const [header, text] of Object.entries(value.headers)) {
    checkPlaceholders(context, { source, path: [...path, "headers", header] }, text, true);
  }
  if (value.body === undefined) return;
  const place = { source, path: [...path, "body"] };
  checkPlaceholders(context, place, value.body, true);
  if (value.method !== "GET" && value.method !== "HEAD") return;
  const message = `a ${value.method} request has no body`;
  context.problems.add({ ...place, message, hint: "add method: POST", at: "key" });
}

/** A file of certificates has to be there before anything is touched. What is in it is for the TLS library to judge. */
function checkCertificate(
  context: ParseContext,
  { source, path, value }: Placed<TrafficShape>,
  file: string,
): void {
  const place = { source, path: [...path, "ca"] };
  try {
    const content = context.readFile(file);
    const text = typeof content === "string" ? content : new TextDecoder().decode(content);
    if (/-----BEGIN (\w+ )?CERTIFICATE-----/.test(text)) return;
    const message = `${value.ca} holds no certificate`;
    const hint = "give a PEM file, with -----BEGIN CERTIFICATE-----";
    context.problems.add({ ...place, message, hint });
  } catch (thrown) {
    const hint = "paths start from the directory of this file";
    context.problems.add({ ...place, message: messageOf(thrown), hint });
  }
}
