import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A Keystone, a Glance that knows one image, without its bytes, and a Neutron that knows one network. */
export interface CannedGlance {
  /** `HOST:PORT`. */
  readonly address: string;
  /** Ends it. */
  close(): Promise<void>;
}

/** The image's id. */
export const imageId = "27fdfc8a-60cd-4256-b490-801ad2bd1aa7";

/** The network's id: who asks for it does not go to where the bytes are. */
export const networkId = "a9d5e1b0-6b0c-4a9d-8a5e-0d5a1f0c7e11";

const network = { id: networkId, name: "bench", status: "ACTIVE", project_id: "p", subnets: [] };

/** Opens one whose image has `size` bytes. */
export async function openGlance(size: number): Promise<CannedGlance> {
  const image = {
    id: imageId,
    name: "bench",
    status: "active",
    size,
    disk_format: "raw",
    container_format: "bare",
  };
  const server = createServer((request, response) => {
    request.resume();
    const origin = `http://${request.headers.host}`;
    const answer = (status: number, body: object, headers = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    };
    const path = request.url ?? "/";
    if (path.endsWith("/auth/tokens")) {
      answer(201, token(origin), { "x-subject-token": "bench" });
    } else if (path.startsWith("/v2/images")) {
      answer(request.method === "POST" ? 201 : 200, path.includes("?") ? { images: [image] } : image);
    } else if (path.startsWith("/v2.0/networks")) {
      answer(200, { network, networks: [network] });
    } else if (path === "/v3" || path === "/v3/") {
      answer(200, {
        version: { id: "v3.14", status: "stable", links: [{ rel: "self", href: `${origin}/v3` }] },
      });
    } else {
      answer(300, {
        versions: [{ id: "v2.9", status: "CURRENT", links: [{ rel: "self", href: `${origin}/v2/` }] }],
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** A clouds.yaml for one at `HOST:PORT`, with its bytes elsewhere. */
export function cloudsYaml(address: string, imageOrigin: string): string {
  return `clouds:
  bench:
    auth:
      auth_url: http://${address}/v3
      username: bench
      password: bench
      project_name: bench
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    image_endpoint_override: ${imageOrigin}/v2
    network_endpoint_override: http://${address}/v2.0
`;
}

function token(origin: string): object {
  const domain = { id: "default", name: "Default" };
  return {
    token: {
      methods: ["password"],
      expires_at: new Date(Date.now() + 86_400_000).toISOString(),
      user: { id: "u", name: "bench", domain },
      project: { id: "p", name: "bench", domain },
      roles: [{ id: "r", name: "member" }],
      catalog: [
        {
          type: "image",
          name: "glance",
          endpoints: [{ interface: "public", region: "RegionOne", region_id: "RegionOne", url: origin }],
        },
      ],
    },
  };
}
