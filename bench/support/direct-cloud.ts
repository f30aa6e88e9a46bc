import { readFile } from "node:fs/promises";
import { parse, stringify } from "yaml";

/** A cloud as a client without Oaktree reaches it. */
export interface DirectCloud {
  /** A clouds.yaml with this cloud only. */
  readonly cloudsYaml: string;
  /** What shows who asks. */
  readonly headers: Readonly<Record<string, string>>;
  /** Public endpoint of a service. @throws Error unless it speaks clear HTTP. */
  endpoint(type: string): URL;
  /** A call that moves no bytes. @throws Error when it fails. */
  call(method: string, url: string | URL, body?: object): Promise<string>;
}

interface Entry {
  readonly auth: Readonly<Record<string, string>>;
  readonly region_name?: string;
}

interface Token {
  readonly token: {
    readonly catalog: readonly {
      readonly type: string;
      readonly endpoints: readonly {
        readonly interface: string;
        readonly region: string;
        readonly url: string;
      }[];
    }[];
  };
}

/** Signs in by password at a cloud of a clouds.yaml. */
export async function directCloud(file: string, name: string): Promise<DirectCloud> {
  const { clouds } = parse(await readFile(file, "utf8")) as { clouds: Record<string, Entry> };
  const entry = clouds[name];
  if (entry === undefined) {
    throw new Error(`there is no cloud ${name} in ${file}`);
  }
  const { auth, region_name: region } = entry;
  const { headers, body } = await asked("POST", `${auth.auth_url}/auth/tokens`, {}, signIn(auth));
  const { catalog } = (JSON.parse(body) as Token).token;
  const own = { "x-auth-token": headers.get("x-subject-token") ?? "" };
  return {
    cloudsYaml: stringify({ clouds: { [name]: entry } }),
    headers: own,
    endpoint: (type) => {
      const found = catalog
        .find((service) => service.type === type)
        ?.endpoints.find((one) => one.interface === "public" && one.region === (region ?? one.region));
      if (!found?.url.startsWith("http:")) {
        throw new Error(`no endpoint of ${type} over clear HTTP, which is all that this benchmark speaks`);
      }
      return new URL(found.url);
    },
    call: async (method, url, json) => (await asked(method, url, own, json)).body,
  };
}

function signIn(auth: Entry["auth"]): object {
  const domain = (key: string): object => ({
    ...(auth[`${key}_domain_id`] && { id: auth[`${key}_domain_id`] }),
    ...(auth[`${key}_domain_name`] && { name: auth[`${key}_domain_name`] }),
  });
  const user = { name: auth.username, password: auth.password, domain: domain("user") };
  return {
    auth: {
      identity: { methods: ["password"], password: { user } },
      scope: { project: { name: auth.project_name, domain: domain("project") } },
    },
  };
}

async function asked(
  method: string,
  url: string | URL,
  headers: Readonly<Record<string, string>>,
  body?: object,
): Promise<{ headers: Headers; body: string }> {
  const answer = await fetch(url, {
    method,
    headers: { ...headers, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(`${method} ${new URL(url).pathname}: HTTP ${answer.status}`);
  }
  return { headers: answer.headers, body: text };
}
