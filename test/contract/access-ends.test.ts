// Whoever loses access in Keystone is out within a minute, on the real one.
import { type Clock, systemClock } from "../../src/cloud/clock.ts";
import type { CloudObserver, TokenEvent } from "../../src/cloud/observer.ts";
import { oauthOaktree } from "../support/oauth.ts";
import { type OwnUser, ownUser } from "../support/own-user.ts";
import { openstackContract } from "../support/worlds.ts";

const ends: Readonly<Record<string, (user: OwnUser) => Promise<void>>> = {
  "a deleted application credential": (user) => user.removeCredential(),
  "a disabled user": (user) => user.disable(),
  "a role that is taken away": (user) => user.removeRole(),
};

for (const [what, end] of Object.entries(ends)) {
  openstackContract(
    `${what} ends access within a minute, and Keystone is asked once in it`,
    async (t, world) => {
      const user = await ownUser(t, world);
      let now = Date.now();
      const clock: Clock = { ...systemClock, now: () => now };
      const events: TokenEvent[] = [];
      const observer: CloudObserver = {
        exchange: () => ({ end: () => {} }),
        token: (_cloud, event) => events.push(event),
      };
      const oaktree = await oauthOaktree(t, world, { limits: {}, clock, observer });
      const { json } = await oaktree.login(user);
      const token: string = json.access_token;
      const whoAmI = () => oaktree.call("WhoAmI", token, {}, "AccessService");

      t.match(await whoAmI(), { status: 200 });
      now += 59_999;
      t.match(await whoAmI(), { status: 200 });
      t.same(new Set(events), new Set(["cached"]), "the sign-in counts as a validation for a minute");

      await end(user);
      t.match(await whoAmI(), { status: 200 }, "which is what it costs");
      now += 1;
      t.match(await whoAmI(), { status: 401, reason: "CREDENTIAL_INVALID" });
      t.equal(events.at(-1), "refused");
      t.match(await oaktree.login(user), { status: 401, json: { error: "invalid_client" } });
    },
  );
}
