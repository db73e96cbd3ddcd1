import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { dist } from "../../tester/test-servers.ts";

/** A process of its own that chooses ports, one replica after the other, and keeps them without listening on any. */
const CHOOSER = `
const { choosePorts } = await import(process.argv[2]);
const taken = new Set();
const spec = { name: "one", ports: [], process: { port: 80, extraPorts: {} } };
for (let n = 0; n < Number(process.argv[3]); n++) await choosePorts(spec, taken);
process.send([...taken]);
setInterval(() => undefined, 1000);
`;

test.skipIf(process.platform !== "linux")(
  "two stacks that start at once never choose the same port",
  async () => {
    const directory = mkdtempSync(join(tmpdir(), "aegis-ports-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "chooser.mjs");
    writeFileSync(file, CHOOSER);
    const module = pathToFileURL(join(dist, "src", "engines", "process", "ports.js")).href;
    const choose = async (): Promise<number[]> => {
      const child = fork(file, [module, "400"]);
      onTestFinished(() => void child.kill("SIGKILL"));
      return (await once(child, "message"))[0];
    };
    const chosen = (await Promise.all([choose(), choose(), choose()])).flat();
    expect(chosen).toHaveLength(1200);
    expect(new Set(chosen).size).toBe(1200);
  },
);
