import { parseArgs } from "node:util";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { AccessService, type CallerIdentity } from "../gen/oaktree/v1/access_pb.js";
import { accessWord } from "./access-words.ts";
import { clientTarget } from "./client-target.ts";
import { exitCodesHelp, interruptible } from "./exit-codes.ts";
import { loginHelp, loginOptions, withOwnLogin } from "./own-login.ts";

const usage = `Usage: oaktree whoami [OPTIONS]

Tells who the login of your clouds.yaml is on each of its clouds; or with --credentials,
who an entry of the credentials file is, as its Oaktree sees it.

Options:
${loginHelp}  --credentials ENTRY  An entry of the credentials file
  --ca FILE            Certificates to trust for https, PEM
${exitCodesHelp}`;

/** `oaktree whoami`. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      ...loginOptions,
      credentials: { type: "string" },
      ca: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const { credentials, ca, cloud, clouds } = values;
  const location = { cloud };
  await interruptible(async (signal) => {
    if (credentials !== undefined) {
      const target = await clientTarget({ credentials, ca, cloud, region: "" });
      const { identities } = await target.client(AccessService).whoAmI({ location }, { signal });
      show(identities);
      return;
    }
    await withOwnLogin(clouds, signal, async (login) => {
      const { identities, unreachable } = await login.call(AccessService.method.whoAmI, { location });
      show(identities);
      for (const { cloud: name } of unreachable) {
        process.stderr.write(`oaktree: ${name} cannot be asked; --cloud ${name} tells why\n`);
      }
    });
  });
}

function show(identities: readonly CallerIdentity[]): void {
  for (const { location, userName, userDomainName, roles, apiUser, tokenExpireTime, scopes } of identities) {
    const facts = [
      `cloud       ${location?.cloud}`,
      `user        ${userName} of ${userDomainName}`,
      `project     ${location?.project?.name || "none"}`,
      `roles       ${roles.join(", ") || "none"}`,
    ];
    if (apiUser !== undefined) {
      facts.push(`API user    ${apiUser.name} (${apiUser.id}), ${accessWord(apiUser.access)}`);
    }
    if (scopes.length > 0) {
      facts.push(`scopes      ${scopes.join(" ")}`);
    }
    if (tokenExpireTime !== undefined) {
      facts.push(`token ends  ${timestampDate(tokenExpireTime).toISOString()}`);
    }
    process.stdout.write(`${facts.join("\n")}\n`);
  }
}
