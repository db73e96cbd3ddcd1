import type { ContainerInspectInfo } from "dockerode";
import { describe, expect, test } from "vitest";
import { createOptionsFrom } from "./recreate.ts";

const ID = "0123456789ab".padEnd(64, "c");

/** What newer and older daemons tell of a container, as far as it matters here. */
function inspected(changes: {
  readonly Config?: object;
  readonly HostConfig?: object;
  readonly Networks?: object;
}): ContainerInspectInfo {
  const { Config, HostConfig, Networks = {} } = changes;
  return {
    Id: ID,
    Name: "/shop_web_1",
    Image: "sha256:abc",
    Config: { Image: "web:1", Hostname: ID.slice(0, 12), Volumes: null, ...Config },
    HostConfig: { NetworkMode: "shop_default", Binds: null, Links: null, ...HostConfig },
    NetworkSettings: { Networks },
  } as unknown as ContainerInspectInfo;
}

const endpoint = { NetworkID: "n1", IPAddress: "172.18.0.5", MacAddress: "02:42:ac:12:00:05" };

describe("the options that make a container again", () => {
  test("leave to Docker what Docker had chosen: name of the host, addresses, the id among the aliases", () => {
    const options = createOptionsFrom(
      inspected({
        Networks: {
          shop_default: { ...endpoint, IPAMConfig: {}, Aliases: ["web", ID.slice(0, 12)] },
        },
      }),
    );
    expect(options).toMatchObject({ name: "shop_web_1", imageId: "sha256:abc", of: ID });
    expect(options.body).not.toHaveProperty("Hostname");
    expect(options.body["NetworkingConfig"]).toEqual({
      EndpointsConfig: { shop_default: { Aliases: ["web"], IPAMConfig: {} } },
    });
    expect(options.connect).toEqual([]);
  });

  test("name the main network at the creation and the others after it, with what was chosen in each", () => {
    const { body, connect } = createOptionsFrom(
      inspected({
        HostConfig: { NetworkMode: "shop_main" },
        Networks: {
          shop_back: { ...endpoint, IPAMConfig: { IPv4Address: "10.0.0.9" }, Aliases: null },
          shop_main: { ...endpoint, Links: ["shop_db_1:db"], Aliases: ["web"], GwPriority: 0 },
        },
      }),
    );
    expect(body["NetworkingConfig"]).toEqual({
      EndpointsConfig: { shop_main: { Aliases: ["web"], Links: ["shop_db_1:db"] } },
    });
    const endpointOfBack = { Aliases: [], IPAMConfig: { IPv4Address: "10.0.0.9" } };
    expect(connect).toEqual([{ network: "shop_back", endpoint: endpointOfBack }]);
  });

  test.each(["default", "bridge", "host", "none", `container:${ID}`])(
    "say nothing of networks that are no project's: %s",
    (NetworkMode) => {
      const networks = { [NetworkMode]: { ...endpoint, Aliases: null } };
      const options = createOptionsFrom(
        inspected({ HostConfig: { NetworkMode }, Networks: networks }),
      );
      expect(options.body).not.toHaveProperty("NetworkingConfig");
      expect(options.connect).toEqual([]);
    },
  );

  test("ask for neither host name nor ports in another container's network", () => {
    const Config = { Hostname: "other", ExposedPorts: { "80/tcp": {} } };
    const guest = inspected({ Config, HostConfig: { NetworkMode: `container:${ID}` } });
    expect(createOptionsFrom(guest).body).not.toHaveProperty("Hostname");
    expect(createOptionsFrom(guest).body).not.toHaveProperty("ExposedPorts");
    const own = createOptionsFrom(inspected({ Config }));
    expect(own.body).toMatchObject(Config);
  });

  test("keep named volumes and directories, and want anonymous volumes anew", () => {
    const { body } = createOptionsFrom(
      inspected({
        Config: { Volumes: { "/image": {} } },
        HostConfig: { Binds: ["shop_data:/data:rw", "/srv:/srv:ro", `${ID}:/scratch:rw`] },
      }),
    );
    expect(body["HostConfig"]).toMatchObject({ Binds: ["shop_data:/data:rw", "/srv:/srv:ro"] });
    expect(body["Volumes"]).toEqual({ "/image": {}, "/scratch": {} });
  });

  test("name links as they are wanted, not as they are shown", () => {
    const HostConfig = { Links: ["/shop_db_1:/shop_web_1/db"] };
    expect(createOptionsFrom(inspected({ HostConfig })).body["HostConfig"]).toMatchObject({
      Links: ["shop_db_1:db"],
    });
  });
});
