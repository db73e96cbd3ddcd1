import { AegisError } from "../kit/errors.ts";

/**
 * URLs as they are typed may hold `${env:NAME}`, which is filled in only when requests are made: a plan holds no secret.
 * They are checked as they will be, and kept as they were typed: `URL.href` would percent-encode the braces.
 */

/** An http or https URL; without a scheme it is http. Throws INVALID_INPUT. */
export function typedUrl(text: string, env: Environment): { url: string; host: string } {
  const typed = /^([a-z][a-z0-9+.-]*:\/\/|\$\{)/i.test(text) ? text : `http://${text}`;
  const filled = filledIn(typed, env);
  const url = URL.canParse(filled) ? new URL(filled) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new AegisError("INVALID_INPUT", `expected an http or https URL, got "${text}"`);
  }
  if (filled === typed) return { url: url.href, host: url.host };
  return { url: typed, host: typed.replace(/^https?:\/\//i, "").replace(/[/?#].*$/, "") };
}

/** The URL with another path and query. Throws INVALID_INPUT. */
export function urlWithPath(url: string, path: string, env: Environment): string {
  const filled = new URL(filledIn(path, env), filledIn(url, env));
  if (!`${url}${path}`.includes("${env:")) return filled.href;
  const [origin = url] = /^([a-z]+:\/\/|\$\{)[^/?#]*/i.exec(url) ?? [];
  return `${origin}${path.startsWith("/") ? "" : "/"}${path}`;
}

type Environment = Readonly<Record<string, string | undefined>>;

function filledIn(text: string, env: Environment): string {
  return text.replace(/\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const value = env[name];
    if (value !== undefined) return value;
    throw new AegisError("INVALID_INPUT", `the environment has no ${name}`, {
      hint: `set it: ${name}=... aegis ...`,
    });
  });
}
