import { Fault } from "../cloud/fault.ts";
import type { CallScope, Identity, Region } from "../cloud/region.ts";

/**
 * Who the caller is, where that is a person. Keystone refuses the others with words
 * about application credentials, or with a 401 that an access rule is the reason of.
 *
 * @throws Fault `PERSON_REQUIRED`
 */
export async function requirePerson(
  region: Region,
  scope: CallScope,
  what: "create" | "rotate" | "delete",
): Promise<Identity> {
  const identity = await region.identity(scope);
  if (identity.credential !== undefined && !identity.credential.isUnrestricted) {
    const name = JSON.stringify(identity.credential.name);
    throw new Fault(
      "PERSON_REQUIRED",
      `the caller is the API user ${name}; only the person behind it may ${what} API users`,
      { metadata: { cloud: region.cloud, service: "identity" } },
    );
  }
  return identity;
}
