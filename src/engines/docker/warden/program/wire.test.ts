import { expect, test } from "vitest";
import { isReply, isRequest, messageReader, type Reply, type Request } from "./wire.ts";

test("requests are read line by line, however the bytes come", () => {
  const heard: unknown[] = [];
  const read = messageReader<Request>(isRequest, (message) => heard.push(message));
  const request = { id: 1, call: "renew", params: { lease: "grün" } };
  const bytes = Buffer.from(
    `${JSON.stringify(request)}\n${JSON.stringify({ ...request, id: 2 })}\n`,
  );
  for (const byte of bytes) read(Buffer.from([byte]));
  expect(heard).toEqual([request, { ...request, id: 2 }]);
});

test("lines that are no message are passed over, and the next one is heard", () => {
  const heard: unknown[] = [];
  const read = messageReader<Request>(isRequest, (message) => heard.push(message));
  const others = ['{"stream":true,"stdin":true}', "", "null", "7", "{", '{"id":1,"ok":true}'];
  const request = { id: 1, call: "free", params: { key: "one" } };
  read(Buffer.from(`${[...others, JSON.stringify(request)].join("\n")}\n`));
  expect(heard).toEqual([request]);
});

test("each of the replies is one", () => {
  const heard: unknown[] = [];
  const read = messageReader<Reply>(isReply, (message) => heard.push(message));
  const replies = [
    { ready: true },
    { ended: "lease" },
    { id: 1, ok: true },
    { id: 2, error: { code: "failed", message: "why" } },
  ];
  read(Buffer.from(`${replies.map((reply) => JSON.stringify(reply)).join("\n")}\n{"id":3}\n`));
  expect(heard).toEqual(replies);
});
