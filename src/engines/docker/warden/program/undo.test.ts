import { describe, expect, test } from "vitest";
import { ApiError, type DockerApi } from "./api.ts";
import { persistentDuties } from "./duties.ts";
import type { Patience } from "./persist.ts";
import { undoOnce } from "./undo.ts";
import type { CreateOptions } from "./wire.ts";

type Answer = (method: string, path: string, body: unknown) => unknown;

/** A daemon that answers by a function, and what was asked of it to change. */
function daemon(answer: Answer): { api: DockerApi; asked: string[] } {
  const asked: string[] = [];
  const call: DockerApi["call"] = async (method, path, body) => {
    if (method !== "GET") asked.push(`${method} ${path}`);
    return answer(method, path, body);
  };
  return { api: { call }, asked };
}

const missing = new ApiError(404, "No such container: c1");
const inState = (State: object) => ({
  Id: "c1",
  Name: "/shop_web_1",
  State,
  Config: { StopTimeout: 0 },
});
const base = { key: "k", name: "web" };
const unpause = { ...base, do: "unpause", id: "c1" } as const;
const identity = ["com.docker.compose.project=shop", "com.docker.compose.service=web"];
const start = { ...base, do: "start", id: "c1", identity } as const;

function throwing(thrown: unknown): Answer {
  return () => {
    throw thrown;
  };
}

describe("to unpause or start", () => {
  test.each([
    [unpause, { Paused: true, Running: true }, "undone", ["POST /containers/c1/unpause"]],
    [unpause, { Paused: false, Running: true }, "nothing", []],
    [unpause, { Paused: false, Running: false }, "nothing", []],
    [start, { Status: "exited", Running: false }, "undone", ["POST /containers/c1/start"]],
    [start, { Status: "running", Running: true }, "nothing", []],
    [start, { Status: "paused", Running: true, Paused: true }, "nothing", []],
    [start, { Status: "restarting", Running: true, Restarting: true }, "nothing", []],
    [start, { Status: "removing", Running: false }, "nothing", []],
  ])("$do: what is in state %o", async (undo, state, went, wanted) => {
    const { api, asked } = daemon(() => inState(state));
    expect(await undoOnce(api, undo)).toBe(went);
    expect(asked).toEqual(wanted);
  });

  test("what is gone is done", async () => {
    expect(await undoOnce(daemon(throwing(missing)).api, unpause)).toBe("undone");
    const { api, asked } = daemon((_method, path) => {
      if (path.startsWith("/containers/json")) return [];
      throw missing;
    });
    expect(await undoOnce(api, start)).toBe("undone");
    expect(asked).toEqual([]);
  });

  test.each([
    [["/shop_web_1.aegis-next"], ["POST /containers/c0/rename?name=shop_web_1"], "c0"],
    [["/shop_web_1.aegis-next", "/shop_web_1"], [], "c1"],
  ])(
    "a replica whose container was being replaced is found by its labels: %o",
    async (names, before, id) => {
      const stopped = { Status: "created", Running: false };
      const { api, asked } = daemon((method, path) => {
        if (method !== "GET") return null;
        if (path.startsWith("/containers/json")) {
          expect(decodeURIComponent(path)).toContain(identity[1]);
          return names.map((_, index) => ({ Id: `c${index}`, State: "created" }));
        }
        const index = Number(/c(\d)\/json/.exec(path)?.[1]);
        if (names[index] === undefined) throw missing;
        return { ...inState(stopped), Id: `c${index}`, Name: names[index] };
      });
      expect(await undoOnce(api, { ...start, id: "c7" })).toBe("undone");
      expect(asked).toEqual([...before, `POST /containers/${id}/start`]);
    },
  );
});

const create: CreateOptions = {
  name: "shop_web_1",
  body: {
    Image: "web:1",
    Labels: {
      "com.docker.compose.project": "shop",
      "com.docker.compose.service": "web",
      "com.docker.compose.container-number": "1",
      "com.docker.compose.oneoff": "False",
    },
  },
  connect: [{ network: "shop_back", endpoint: { Aliases: ["web"] } }],
  imageId: "sha256:abc",
  of: "c1",
};
const recreate = { ...base, do: "recreate", create } as const;
const MADE = [
  "POST /containers/create?name=shop_web_1",
  "POST /networks/shop_back/connect",
  "POST /containers/c2/start",
];

describe("to recreate", () => {
  const listing =
    (twins: object[]): Answer =>
    (method) =>
      method === "GET" ? twins : { Id: "c2" };

  test.each([
    ["there is none", [], "undone", MADE],
    ["the one to be removed is still there", [{ Id: "c1", State: "running" }], "nothing", []],
    ["the old one is just going", [{ Id: "c1", State: "removing" }], "nothing", []],
    ["somebody else has made it", [{ Id: "c9", State: "running" }], "undone", []],
    ["it was made and not started", [{ Id: "c2", State: "created" }], "undone", MADE.slice(1)],
  ])("when %s", async (_when, twins, went, wanted) => {
    const { api, asked } = daemon(listing(twins));
    expect(await undoOnce(api, recreate)).toBe(went);
    expect(asked).toEqual(wanted);
  });

  test("from the very image it had when nothing goes by that name any more", async () => {
    const images: unknown[] = [];
    const { api, asked } = daemon((method, path, body) => {
      if (method === "GET") return [];
      if (!path.startsWith("/containers/create")) return null;
      const { Image } = body as { Image: string };
      images.push(Image);
      if (Image === "web:1") throw new ApiError(404, "No such image: web:1");
      return { Id: "c2" };
    });
    await undoOnce(api, recreate);
    expect(images).toEqual(["web:1", "sha256:abc"]);
    expect(asked).toContain("POST /containers/c2/start");
  });

  test("though an earlier try has connected it to its network already", async () => {
    const { api, asked } = daemon((method, path) => {
      if (method === "GET") return [{ Id: "c2", State: "created" }];
      if (path.startsWith("/networks")) throw new ApiError(403, "endpoint exists already");
      return null;
    });
    expect(await undoOnce(api, recreate)).toBe("undone");
    expect(asked).toEqual(MADE.slice(1));
  });
});

describe("undoing for good", () => {
  function patient(): Patience & { said: string[] } {
    const said: string[] = [];
    const log = (line: string): void => void said.push(line);
    return { said, log, isOver: () => false, reached: () => undefined };
  }
  const duties = (api: DockerApi, patience: Patience) =>
    persistentDuties(api, patience, () => undefined);

  test("asks again while the daemon is in trouble or not there", async () => {
    const answers = [
      new ApiError(500, "trouble"),
      Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }),
      inState({ Paused: true }),
    ];
    const { api } = daemon((method) => {
      const next = method === "GET" ? answers.shift() : null;
      if (next instanceof Error) throw next;
      return next;
    });
    const patience = patient();
    await duties(api, patience).undo([unpause], false);
    expect(patience.said).toEqual([
      "trying again: trouble",
      "trying again: connect ECONNREFUSED",
      "undone: unpause web",
    ]);
  });

  test("says what the daemon refuses, and goes on with the rest", async () => {
    const { api, asked } = daemon((method, path) => {
      if (method === "GET") return inState({ Status: "exited", Running: false, Paused: true });
      if (path.endsWith("/start")) throw new ApiError(400, "no such program");
      return null;
    });
    const patience = patient();
    await duties(api, patience).undo([start, unpause], false);
    expect(patience.said).toEqual(["cannot start web: no such program", "undone: unpause web"]);
    expect(asked).toEqual(["POST /containers/c1/start", "POST /containers/c1/unpause"]);
  });

  test("waits for harm that may still be on its way", async () => {
    let looks = 0;
    const { api, asked } = daemon(() => inState({ Paused: ++looks > 3 }));
    await duties(api, patient()).undo([unpause], true);
    expect(asked).toEqual(["POST /containers/c1/unpause"]);
    looks = 0;
    const other = daemon(() => inState({ Paused: ++looks > 3 }));
    await duties(other.api, patient()).undo([unpause], false);
    expect(other.asked).toEqual([]);
  });
});
