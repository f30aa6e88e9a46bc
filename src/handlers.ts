import { createRegistry } from "@bufbuild/protobuf";
import { accessHandlers, completeApiUsers } from "./access/handlers.ts";
import { blockStorageHandlers } from "./block-storage/handlers.ts";
import { completeProject } from "./block-storage/project.ts";
import { type ComputeOptions, computeHandlers } from "./compute/handlers.ts";
import { prepareKeypair, prepareServer } from "./compute/hooks.ts";
import { ServerAddresses } from "./compute/server-addresses.ts";
import { ServerFlavors } from "./compute/server-flavors.ts";
import { prepareServerGroup } from "./compute/server-groups.ts";
import { file_oaktree_v1_access } from "./gen/oaktree/v1/access_pb.js";
import { file_oaktree_v1_block_storage } from "./gen/oaktree/v1/block_storage_pb.js";
import { FlavorSchema, file_oaktree_v1_compute } from "./gen/oaktree/v1/compute_pb.js";
import { file_oaktree_v1_image } from "./gen/oaktree/v1/image_pb.js";
import { file_oaktree_v1_network } from "./gen/oaktree/v1/network_pb.js";
import { file_oaktree_v1_object_store } from "./gen/oaktree/v1/object_store_pb.js";
import { imageHandlers } from "./image/handlers.ts";
import { prepareFloatingIp } from "./network/address-tags.ts";
import { completeNetworks } from "./network/external-flag.ts";
import { type FloatingIpOptions, FloatingIps } from "./network/floating-ips.ts";
import { networkHandlers } from "./network/handlers.ts";
import { NetworkViews } from "./network/network-views.ts";
import { objectStoreHandlers } from "./object-store/handlers.ts";
import { prepareObject } from "./object-store/hooks.ts";
import { Engine } from "./rest/engine.ts";
import type { Handlers } from "./rest/handler.ts";
import type { Hooks } from "./rest/hooks.ts";

/** What the handlers need to know from outside. */
export interface HandlerOptions {
  /** Key that seals page tokens, 32 bytes; replicas share it. */
  readonly sealKey: Uint8Array;
  /** The key before it, whose page tokens are still good. */
  readonly olderKey?: Uint8Array | undefined;
  /** Times of the compute domain. */
  readonly compute?: ComputeOptions;
  /** Times of the network domain. */
  readonly network?: FloatingIpOptions;
}

/** The files of the public API that have services. */
const files = [
  file_oaktree_v1_access,
  file_oaktree_v1_block_storage,
  file_oaktree_v1_compute,
  file_oaktree_v1_image,
  file_oaktree_v1_network,
  file_oaktree_v1_object_store,
];

/** Puts the engine and the domains together: one handler for each RPC of the API. */
export function createHandlers({ sealKey, olderKey, compute = {}, network = {} }: HandlerOptions): Handlers {
  const views = new NetworkViews();
  const addresses = new ServerAddresses(views);
  const flavors = new ServerFlavors(() => engine.resource(FlavorSchema));
  const hooks: Hooks = {
    prepare: {
      floating_ip: prepareFloatingIp,
      keypair: prepareKeypair,
      object: prepareObject,
      server: prepareServer,
      server_group: prepareServerGroup,
    },
    complete: {
      api_user_access: completeApiUsers,
      cinder_project: completeProject,
      network_external: completeNetworks,
      server: async (servers, region, scope) => {
        await Promise.all([
          addresses.complete(servers, region, scope),
          flavors.complete(servers, region, scope),
        ]);
      },
    },
  };
  const engine: Engine = new Engine({ registry: createRegistry(...files), hooks, sealKey, olderKey });
  const floatingIps = new FloatingIps(engine, views, network);
  return new Map([
    ...engine.handlers,
    ...accessHandlers(engine),
    ...computeHandlers(engine, compute, floatingIps),
    ...imageHandlers(engine),
    ...objectStoreHandlers(engine),
    ...networkHandlers(engine, floatingIps),
    ...blockStorageHandlers(engine, compute.polls ?? {}),
  ]);
}
