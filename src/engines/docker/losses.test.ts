import { expect, test } from "vitest";
import { filesWritten } from "./losses.ts";

const changed = (Path: string) => ({ Path, Kind: 0 });
const added = (Path: string) => ({ Path, Kind: 1 });

test("what a container has written is its files, not the directories that hold them", () => {
  const changes = [changed("/app"), added("/app/data"), added("/app/data/upload.db")];
  expect(filesWritten(changes, [])).toEqual(["/app/data/upload.db"]);
});

test("an empty directory that it has made is something too", () => {
  expect(filesWritten([changed("/srv"), added("/srv/queue")], [])).toEqual(["/srv/queue"]);
});

test("what nobody keeps is no loss", () => {
  const changes = ["/tmp/x", "/run/app.pid", "/var/cache/nginx/proxy_temp", "/var/log/app.log"];
  expect(filesWritten(changes.map(added), [])).toEqual([]);
  expect(filesWritten([added("/tmpfile"), added("/running")], [])).toHaveLength(2);
});

test("places where something is mounted are not in its layer", () => {
  const changes = [changed("/data"), added("/data/db"), added("/data/db/base")];
  expect(filesWritten(changes, ["/data/db"])).toEqual([]);
});

test("what it has deleted is back with the next container", () => {
  expect(filesWritten([changed("/etc"), { Path: "/etc/motd", Kind: 2 }], [])).toEqual([]);
});
