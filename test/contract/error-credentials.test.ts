// Credentials and connections that fail, as real services see them.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { stringify } from "yaml";
import { ComputeService } from "../../src/gen/oaktree/v1/compute_pb.js";
import { closedOrigin } from "../support/closed-origin.ts";
import {
  applicationCredential,
  byPassword,
  issue,
  shared,
  shortToken,
  yamlOf,
} from "../support/credentials.ts";
import { failure } from "../support/faults.ts";
import { openGateway } from "../support/gateway.ts";
import { oaktreeBefore } from "../support/oaktree-before.ts";
import { produces } from "../support/produces.ts";
import { Upstream } from "../support/upstream.ts";
import { contract } from "../support/worlds.ts";

const none = { nameOrId: "none" };

contract("an access rule of an application credential forbids the rest", async (t, world) => {
  const rule = { service: "image", method: "GET", path: "/v2/images" };
  const { id = "", secret = "" } = await applicationCredential(t, world, { access_rules: [rule] });
  const auth = {
    auth_url: world.clouds.demo?.auth.auth_url,
    application_credential_id: id,
    application_credential_secret: secret,
  };
  const clientOf = await oaktreeBefore(t, yamlOf(world, { auth_type: "v3applicationcredential" }, auth));
  const error = await failure(clientOf(ComputeService).getServer(none));
  produces(t, "FORBIDDEN", error);
  t.match(error.message, /access rule/);
});

contract("a token that was revoked, while Oaktree still believed it", async (t, world) => {
  const clientOf = await oaktreeBefore(t, shared(world));
  const { id: token } = await issue(world, byPassword(world));
  const compute = clientOf(ComputeService, { "x-auth-token": token });
  await compute.listFlavors({});
  await fetch(`${world.clouds.demo?.auth.auth_url}/auth/tokens`, {
    method: "DELETE",
    headers: { "x-auth-token": token, "x-subject-token": token },
  });
  // Services keep a token's validation for some time (keystonemiddleware, token_cache_time); Keystone does not.
  const later = await oaktreeBefore(t, shared(world));
  const error = await failure(later(ComputeService, { "x-auth-token": token }).listFlavors({}));
  produces(t, "CREDENTIAL_INVALID", error);
  t.notMatch(error.message, token);
});

contract("a token that has expired", async (t, world) => {
  const { id: token, end } = await shortToken(t, world);
  const clientOf = await oaktreeBefore(t, shared(world));
  const compute = clientOf(ComputeService, { "x-auth-token": token });
  // Its time has to pass, with the real Keystone too: asking until then is waiting for the event.
  let error: Awaited<ReturnType<typeof failure>> | undefined;
  while (error === undefined) {
    error = await compute.listFlavors({ nameOrId: "none" }).then(
      () => undefined,
      (thrown: unknown) => failure(Promise.reject(thrown)),
    );
  }
  produces(t, "CREDENTIAL_INVALID", error);
  t.ok(Date.now() >= end - 1000, "not before its time");
});

contract("credentials that are wrong, missing, two, or another cloud's", async (t, world) => {
  const clientOf = await oaktreeBefore(t, shared(world));
  const { id: token } = await issue(world, byPassword(world));
  const as = (headers: Record<string, string>) => clientOf(ComputeService, headers).listFlavors({});
  produces(t, "CREDENTIAL_MISSING", await failure(as({})));
  produces(t, "CREDENTIAL_INVALID", await failure(as({ "x-auth-token": "gAAAAAnonsense" })));
  produces(
    t,
    "CREDENTIAL_CONFLICT",
    await failure(as({ "x-auth-token": token, authorization: "Bearer gAAAAAother" })),
  );
  const url = world.clouds.demo?.auth.auth_url;
  const two = await oaktreeBefore(
    t,
    stringify({ clouds: { one: { auth: { auth_url: url } }, two: { auth: { auth_url: url } } } }),
  );
  const one = two(ComputeService, { "x-auth-token": token, "x-oaktree-cloud": "one" });
  const other = await failure(one.listFlavors({ location: { cloud: "two" } }));
  produces(t, "CREDENTIAL_FOR_OTHER_CLOUD", other);
});

contract("a service that is down, silent, or talks nonsense", async (t, world) => {
  const override = (url: string) => yamlOf(world, { compute_endpoint_override: url });
  const down = await oaktreeBefore(t, override(`${closedOrigin}/v2.1`), { backoffMs: 1 });
  const error = await failure(down(ComputeService).getServer(none));
  produces(t, "UPSTREAM_UNAVAILABLE", error);
  t.match(error.message, /cannot be reached.*ECONNREFUSED/);

  const upstream = await Upstream.login(world.clouds.demo as never);
  const gateway = await openGateway(t, upstream.endpoint("compute"));
  const silent = await oaktreeBefore(t, override(gateway.url), { answerMs: 300 });
  gateway.gather(2, "GET", /servers/);
  const late = await failure(silent(ComputeService).getServer(none));
  produces(t, "UPSTREAM_UNAVAILABLE", late);
  t.match(late.message, /TIMEOUT/);

  const nonsense = createServer((_request, response) => response.end("<html>welcome to nginx</html>"));
  nonsense.listen(0, "127.0.0.1");
  await once(nonsense, "listening");
  t.teardown(() => nonsense.close());
  const url = `http://127.0.0.1:${(nonsense.address() as AddressInfo).port}/v2.1`;
  const garbled = await oaktreeBefore(t, override(url), { backoffMs: 1 });
  const garbage = await failure(garbled(ComputeService).getServer(none));
  produces(t, "UPSTREAM_GARBAGE", garbage);
  t.notMatch(garbage.message, "Bearer");
});
