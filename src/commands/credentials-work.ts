import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { CredentialsFile } from "../credentials/file.ts";
import { AccessService, type ApiUser, type ApiUserAccess } from "../gen/oaktree/v1/access_pb.js";
import { accessWord } from "./access-words.ts";
import { CommandError } from "./exit-codes.ts";
import { findOaktree } from "./find-oaktree.ts";
import type { OwnLogin } from "./own-login.ts";
import { UsageError } from "./usage-error.ts";

const { createApiUser, deleteApiUser, getApiUser, listApiUsers, rotateApiUser, whoAmI } =
  AccessService.method;

/** Where the commands work. */
export interface Where {
  readonly login: OwnLogin;
  /** Path of the credentials file. */
  readonly file: string;
  /** The cloud of clouds.yaml. */
  readonly location: { readonly cloud: string };
}

/** What `create` is told. */
export interface Wanted {
  readonly name: string;
  readonly access: ApiUserAccess;
  readonly roles: readonly string[];
  readonly expireTime: Timestamp | undefined;
  readonly entry: string;
  readonly endpoint: string;
  readonly oaktreeCloud: string | undefined;
  readonly ca: Buffer | undefined;
}

/** Makes an API user and its entry, or neither. */
export async function createCredentials({ login, file, location }: Where, wanted: Wanted): Promise<void> {
  const { name, access, roles, expireTime, entry } = wanted;
  const oaktree = await findOaktree(wanted.endpoint, wanted.oaktreeCloud, wanted.ca);
  const { identities } = await login.call(whoAmI, { location });
  let made: ApiUser | undefined;
  try {
    await new CredentialsFile(file).update(async (entries) => {
      if (entries.has(entry)) {
        throw new UsageError(`${file} has an entry ${JSON.stringify(entry)}; choose another with --entry`);
      }
      const answer = await login.call(createApiUser, {
        location,
        name,
        access,
        roles: [...roles],
        ...(expireTime !== undefined && { expireTime }),
      });
      made = answer.apiUser;
      return {
        [entry]: {
          ...oaktree,
          clientId: made?.id ?? "",
          clientSecret: answer.secret,
          project: identities[0]?.location?.project?.name ?? "",
          expiresAt: expiryText(made),
        },
      };
    });
  } catch (error) {
    if (made !== undefined) {
      // Its secret is lost.
      await login.call(deleteApiUser, { location, nameOrId: made.id, allowMissing: true });
    }
    throw error;
  }
  say(`made the API user ${name} (${made?.id}), which ends ${expiryText(made) || "never"}`);
  say(`its secret is in the entry ${JSON.stringify(entry)} of ${file}`);
}

/** Shows the API users. */
export async function listCredentials({ login, file, location }: Where): Promise<void> {
  const entries = await new CredentialsFile(file).entries();
  let pageToken = "";
  do {
    const page = await login.call(listApiUsers, { location, pageToken });
    for (const user of page.apiUsers) {
      const names = [...entries].filter(([, { clientId }]) => clientId === user.id).map(([name]) => name);
      say(
        [
          user.id,
          user.location?.cloud,
          user.name,
          accessWord(user.access),
          expiryText(user) || "never ends",
          ...(names.length > 0 ? [`entry ${names.join(", ")}`] : []),
        ].join("  "),
      );
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
}

/** Gives an entry a new API user in the place of its old one, which is deleted when the file is written. */
export async function rotateCredentials(
  { login, file, location }: Where,
  entry: string,
  expireTime: Timestamp | undefined,
): Promise<void> {
  let oldId = "";
  let made: ApiUser | undefined;
  try {
    await new CredentialsFile(file).update(async (entries) => {
      const current = entries.get(entry);
      if (current === undefined) {
        throw new CommandError(`${file} has no entry ${JSON.stringify(entry)}`, 4);
      }
      oldId = current.clientId;
      const answer = await login.call(rotateApiUser, {
        location,
        nameOrId: oldId,
        keepOld: true,
        ...(expireTime !== undefined && { expireTime }),
      });
      made = answer.apiUser;
      return {
        [entry]: {
          ...current,
          clientId: made?.id ?? "",
          clientSecret: answer.secret,
          expiresAt: expiryText(made),
        },
      };
    });
  } catch (error) {
    if (made !== undefined) {
      await login.call(deleteApiUser, { location, nameOrId: made.id, allowMissing: true });
    }
    throw error;
  }
  say(`the entry ${JSON.stringify(entry)} of ${file} has a new secret, of the API user ${made?.name}`);
  try {
    await login.call(deleteApiUser, { location, nameOrId: oldId, allowMissing: true });
  } catch (error) {
    const words = (error as Error).message;
    throw new CommandError(
      `the old API user is still there (${words}); oaktree credentials revoke ${oldId} deletes it`,
    );
  }
}

/** Deletes an API user and its entries. */
export async function revokeCredentials({ login, file, location }: Where, which: string): Promise<void> {
  await new CredentialsFile(file).update(async (entries) => {
    const named = entries.get(which)?.clientId;
    const id = named ?? (await login.call(getApiUser, { location, nameOrId: which })).apiUser?.id ?? "";
    await login.call(deleteApiUser, { location, nameOrId: id, allowMissing: true });
    say(`deleted the API user ${id}; its tokens end within a minute`);
    const its = [...entries].filter(([, { clientId }]) => clientId === id);
    return Object.fromEntries(its.map(([name]) => [name, undefined]));
  });
}

function expiryText(user: ApiUser | undefined): string {
  return user?.expireTime === undefined ? "" : timestampDate(user.expireTime).toISOString();
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
