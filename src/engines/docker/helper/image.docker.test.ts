import type Docker from "dockerode";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { docker, projectName, removeImages } from "../../../../test/lab/docker.ts";
import { world } from "../../process/testing/world.ts";
import { connectDocker, type DockerClient } from "../client.ts";
import { type HelperPlace, helperImage, helperImages } from "./image.ts";

/** A machine offline that has no image of ours. */
function alone(): DockerClient {
  const client = connectDocker(world.env);
  const there = client.api.getImage.bind(client.api);
  const getImage = (name: string): Docker.Image => {
    const image = there(name);
    const missing = () => Promise.reject(Object.assign(new Error(name), { statusCode: 404 }));
    return helperImages({}).includes(name) ? Object.assign(image, { inspect: missing }) : image;
  };
  const pull = () => Promise.reject(new Error("no route to host"));
  return { ...client, api: Object.assign(client.api, { getImage, pull }) };
}

const project = projectName("helper");
const image = `${project}:1`;
const place = (images: readonly string[]): HelperPlace => ({
  client: alone(),
  world: { ...world, env: {} },
  project,
  images,
});

beforeAll(async () => {
  await docker("tag", "node:24-bookworm-slim", image);
});
afterAll(() => removeImages(project));

test("where nothing can be pulled, helpers are made from that image of the project which has node", async () => {
  expect(await helperImage(place(["debian:bookworm-slim", image]))).toBe(image);
});

test("what a container of the project runs counts, declared or not", async () => {
  const label = `com.docker.compose.project=${project}`;
  const id = await docker("create", "--label", label, image);
  onTestFinished(async () => void (await docker("rm", id)));
  const { Id } = await alone().api.getImage(image).inspect();
  expect(await helperImage(place([]))).toBe(Id);
});

test("where none of them has node, that is said", async () => {
  await expect(helperImage(place(["debian:bookworm-slim", "not-there"]))).rejects.toMatchObject({
    code: "ENVIRONMENT",
    message: expect.stringMatching(
      /no route to host.*no image of aegis-test-helper-\w+ has a node/,
    ),
    hint: expect.stringContaining("AEGIS_HELPER_IMAGE"),
  });
});
