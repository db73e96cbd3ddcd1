import { CHILD } from "./child.ts";

/** `npm run bench`, and the processes that it starts of itself. */
async function main([first, ...rest]: readonly string[]): Promise<void> {
  if (first !== CHILD) {
    const { runBench } = await import("./run.ts");
    process.exitCode = await runBench(first === undefined ? [] : [first, ...rest]);
    return;
  }
  const [name, job = ""] = rest;
  if (name === "sender") await (await import("./light-sender.ts")).runLightSender(JSON.parse(job));
  else if (name === "server") (await import("./kill-server.ts")).runKillServer(JSON.parse(job));
  else await (await import("./tester-process.ts")).runTesterProcess(JSON.parse(job));
}

await main(process.argv.slice(2));
