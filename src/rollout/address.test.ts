import { expect, test } from "vitest";
import { type Bench, createBench } from "./testing/bench.ts";

/** app2 gets another address with its next life: somebody has taken the old one meanwhile. */
async function crowded(): Promise<Bench> {
  const bench = await createBench();
  for (const name of ["app1", "app2", "app3"]) bench.addresses.set(name, `10.0.0.1${name.at(-1)}`);
  bench.before = (call) => {
    if (call === "start app2") bench.addresses.set("app2", "10.0.0.27");
  };
  return bench;
}

const warnings = ({ notes }: Bench) => notes.filter(({ stage }) => stage === "address-changed");

test("a replica that comes back at another address is warned of: who looked it up once does not find it", async () => {
  using bench = await crowded();
  const inPlace = { strategy: "in-place", gate: "ready" };
  expect(await bench.play(inPlace)).toMatchObject({ outcome: "completed" });
  expect(warnings(bench)).toMatchObject([
    {
      text: expect.stringMatching(/^warning: app2 is at 10\.0\.0\.27 now, it was at 10\.0\.0\.12:/),
      facts: { replica: "app2", from: "10.0.0.12", to: "10.0.0.27" },
    },
  ]);
});

test("also one that is put back, and nobody is warned where addresses stay", async () => {
  using bench = await crowded();
  bench.isReady = ({ name, version, ready }) => ready && !(name === "app2" && version === "v2");
  const inPlace = { strategy: "in-place", gate: "ready", deadline: "5s" };
  expect(await bench.play(inPlace, "app2")).toMatchObject({ outcome: "rolled-back" });
  expect(warnings(bench)).toHaveLength(2);
  bench.isReady = ({ ready }) => ready;
  bench.notes.length = 0;
  expect(await bench.play(inPlace, "app1")).toMatchObject({ outcome: "completed" });
  expect(warnings(bench)).toEqual([]);
});
