import { parseArgs } from "node:util";
import { credentialsPath, usualEntry } from "../credentials/file.ts";
import { ApiUserAccess } from "../gen/oaktree/v1/access_pb.js";
import { accessWords } from "./access-words.ts";
import { readCa } from "./client-target.ts";
import {
  createCredentials,
  listCredentials,
  revokeCredentials,
  rotateCredentials,
} from "./credentials-work.ts";
import { exitCodesHelp, interruptible } from "./exit-codes.ts";
import { expiryOf } from "./expiry.ts";
import { loginHelp, loginOptions, withOwnLogin } from "./own-login.ts";
import { UsageError } from "./usage-error.ts";

const usage = `Usage: oaktree credentials create NAME --access ACCESS [OPTIONS]
       oaktree credentials list [OPTIONS]
       oaktree credentials rotate [ENTRY] [OPTIONS]
       oaktree credentials revoke ENTRY|NAME|ID [OPTIONS]

Makes API users for programs, as the login of your clouds.yaml, and keeps their ids
and secrets in the credentials file, which only you can read. Nothing shows a secret.

  create   makes an API user, and an entry of the file
  list     shows your API users, and which entries they have
  rotate   gives an entry a new id and secret; the old ones end
  revoke   deletes an API user, and its entry

Options:
  --access ACCESS      What it may do: read-only, images, servers or everything, within
                       its roles
  --roles A,B          Some of your roles; all of them if left out
  --expires WHEN       90d (if left out), another number of days, a date such as
                       2027-02-01, or never
  --entry ENTRY        Name of the entry; "${usualEntry}" if left out
  --endpoint URL       The Oaktree that it is for; OAKTREE_ENDPOINT, or http://127.0.0.1:50051
  --oaktree-cloud NAME What that Oaktree calls the cloud, where it serves several
  --ca FILE            Certificates to trust for https, PEM
${loginHelp}
Environment:
  OAKTREE_CREDENTIALS  The credentials file; ~/.config/oaktree/credentials.json if left out
${exitCodesHelp}`;

/** `oaktree credentials`. */
export async function run(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...loginOptions,
      access: { type: "string" },
      roles: { type: "string", default: "" },
      expires: { type: "string", default: "90d" },
      entry: { type: "string", default: usualEntry },
      endpoint: { type: "string" },
      "oaktree-cloud": { type: "string" },
      ca: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const [action, name, ...others] = positionals;
  const expireTime = expiryOf(values.expires, Date.now());
  const access = values.access === undefined ? undefined : accessWords[values.access];
  const isComplete =
    action === "list" ? name === undefined : action === "rotate" || (name !== undefined && name !== "");
  if (!isComplete || others.length > 0) {
    throw new UsageError("oaktree credentials --help tells what it can do, and the names that it needs");
  }
  if (action === "create" && access === undefined) {
    throw new UsageError(`--access must be one of ${Object.keys(accessWords).join(", ")}`);
  }
  await interruptible((signal) =>
    withOwnLogin(values.clouds, signal, async (login) => {
      const where = { login, file: credentialsPath(), location: { cloud: values.cloud } };
      if (action === "create") {
        await createCredentials(where, {
          name: name ?? "",
          access: access ?? ApiUserAccess.UNSPECIFIED,
          roles: values.roles.split(",").filter(Boolean),
          expireTime,
          entry: values.entry,
          endpoint: values.endpoint ?? (process.env.OAKTREE_ENDPOINT || "http://127.0.0.1:50051"),
          oaktreeCloud: values["oaktree-cloud"],
          ca: readCa(values.ca),
        });
      } else if (action === "list") {
        await listCredentials(where);
      } else if (action === "rotate") {
        await rotateCredentials(where, name ?? values.entry, expireTime);
      } else if (action === "revoke") {
        await revokeCredentials(where, name ?? "");
      } else {
        throw new UsageError(`oaktree credentials cannot ${JSON.stringify(action)}`);
      }
    }),
  );
}
