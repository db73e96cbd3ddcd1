import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Role } from "./testbed.ts";

/** Where nginx is installed; undefined when it is not. */
export const nginxPath = ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin"]
  .map((directory) => join(directory, "nginx"))
  .find((path) => existsSync(path));

/** Starts nginx.conf as it is, with addresses and paths of this machine put in; its files go below `directory`. */
export function startNginx(port: number, memberPorts: readonly number[], directory: string): Role {
  const home = mkdtempSync(join(directory, "nginx-"));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${join(home, kind)};`)
    .join("\n");
  let conf = readFileSync(join(import.meta.dirname, "../balancer/nginx.conf"), "utf8");
  conf = conf.replace("listen 80;", `listen 127.0.0.1:${port};`);
  conf = conf.replace("http {", `http {\n${temporary}`);
  // Node's pipes are sockets, which cannot be opened by the name /dev/stdout.
  conf = conf.replaceAll(/\/dev\/(stdout|stderr)/g, (_, name) => join(home, `${name}.log`));
  memberPorts.forEach((memberPort, index) => {
    conf = conf.replace(`app${index + 1}:3000`, `127.0.0.1:${memberPort}`);
  });
  const file = join(home, "nginx.conf");
  writeFileSync(file, conf);
  const globals = `daemon off; pid ${join(home, "pid")};`;
  return new Role([nginxPath ?? "nginx", "-p", home, "-c", file, "-g", globals], {
    PATH: "/usr/sbin:/usr/bin:/bin",
  });
}
