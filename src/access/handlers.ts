import type { Message } from "@bufbuild/protobuf";
import { oneCloud } from "../cloud/one-region.ts";
import type { CallScope, Region } from "../cloud/region.ts";
import { AccessService, type ApiUser, ApiUserSchema } from "../gen/oaktree/v1/access_pb.js";
import type { Engine } from "../rest/engine.ts";
import { type Handlers, handlersOf, methodName, type UnaryHandlerOf } from "../rest/handler.ts";
import { createApiUserHandler } from "./create.ts";
import { requirePerson } from "./person.ts";
import { accessOf } from "./presets.ts";
import { rotateApiUserHandler } from "./rotate.ts";
import { whoAmI } from "./who-am-i.ts";

/** The RPCs of `AccessService` that are more than a REST call. */
export function accessHandlers(engine: Engine): Handlers {
  const users = engine.resource(ApiUserSchema);
  const { deleteApiUser } = AccessService.method;
  const deleteByEngine = engine.handlers.get(methodName(deleteApiUser)) as UnaryHandlerOf<
    typeof deleteApiUser.input,
    typeof deleteApiUser.output
  >;
  return handlersOf(AccessService, {
    createApiUser: createApiUserHandler(users),
    rotateApiUser: rotateApiUserHandler(users),
    deleteApiUser: async (request, call) => {
      await requirePerson(await oneCloud(call, request.location), call, "delete");
      return await deleteByEngine(request, call);
    },
    whoAmI,
  });
}

/** The `complete` hook of API users: the preset that their rules are. */
export async function completeApiUsers(messages: Message[], region: Region, scope: CallScope): Promise<void> {
  const catalogue = await region.catalogue(scope);
  for (const message of messages as ApiUser[]) {
    message.access = accessOf(message.accessRules, catalogue);
  }
}
