import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Docker from "dockerode";
import { expect, onTestFinished, test } from "vitest";
import { connectDocker, dockerProblem } from "./client.ts";
import { withPatience } from "./patience.ts";

const PATIENCE = { knockAfterMs: 100, knockMs: 200 };

/** A client of a daemon that does as it is told; `asked` collects the paths. */
async function daemon(
  answer: RequestListener,
): Promise<{ docker: Docker; asked: string[]; socketPath: string }> {
  const directory = mkdtempSync(join(tmpdir(), "aegis-patience-"));
  const socketPath = join(directory, "docker.sock");
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true });
  });
  return { docker: withPatience(new Docker({ socketPath }), PATIENCE), asked, socketPath };
}

const silent: RequestListener = () => undefined;

test("a call that nobody answers fails when a knock is not answered either", async () => {
  const { docker, asked } = await daemon(silent);
  await expect(docker.info()).rejects.toMatchObject({ code: "ETIMEDOUT" });
  expect(asked).toEqual(["/info", "/_ping"]);
});

test("a knock of ours that nobody answers fails by itself", async () => {
  const { docker, asked } = await daemon(silent);
  await expect(docker.ping()).rejects.toMatchObject({ code: "ETIMEDOUT" });
  expect(asked).toEqual(["/_ping"]);
});

/** Waits for a call that is answered when its client has knocked so often. Returns what was asked. */
async function knocked(times: number): Promise<readonly string[]> {
  let late = (): void => undefined;
  const { docker, asked } = await daemon(({ url }, response) => {
    if (url !== "/_ping") {
      late = () => void response.end('{"Name":"slow"}');
      return;
    }
    response.end("OK");
    if (asked.filter((path) => path === url).length === times) late();
  });
  expect(await docker.info()).toMatchObject({ Name: "slow" });
  return asked;
}

test("a call that takes long is waited for while knocks are answered", async () => {
  expect(await knocked(3)).toEqual(["/info", "/_ping", "/_ping", "/_ping"]);
});

test("one that is refused is told as it was", async () => {
  const { docker } = await daemon((_, response) => {
    response.writeHead(404, { "content-type": "application/json" }).end('{"message":"no such"}');
  });
  await expect(docker.getContainer("x").inspect()).rejects.toMatchObject({ statusCode: 404 });
});

test("a stream may be silent once it is open", async () => {
  let end = (): void => undefined;
  const { docker, asked } = await daemon((_, response) => {
    response.writeHead(200).flushHeaders();
    end = () => void response.end("late");
  });
  const stream = await docker.getEvents();
  await knocked(3);
  end();
  let heard = "";
  for await (const chunk of stream) heard += String(chunk);
  expect(heard).toBe("late");
  expect(asked).toHaveLength(1);
});

test("whoever calls may still give up", async () => {
  const { docker } = await daemon(silent);
  const abortSignal = AbortSignal.timeout(20);
  await expect(docker.listContainers({ abortSignal })).rejects.toMatchObject({
    name: "AbortError",
  });
});

test("no knock follows an answer", async () => {
  const { docker, asked } = await daemon((_, response) => response.end("{}"));
  await docker.info();
  await knocked(3);
  expect(asked).toEqual(["/info"]);
});

test("the engine's own client waits ten seconds for a daemon to say that it is there", async () => {
  const { socketPath } = await daemon(silent);
  const client = connectDocker({ DOCKER_HOST: `unix://${socketPath}` });
  const problem = await client.api.ping().then(
    () => null,
    (thrown: unknown) => dockerProblem(thrown, client, "use Docker"),
  );
  expect(problem?.message).toContain(
    `no Docker daemon at unix://${socketPath} (it does not answer)`,
  );
});
