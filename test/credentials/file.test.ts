import { chmodSync, existsSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { CredentialsFile, credentialsPath } from "../../src/credentials/file.ts";

const secret = "canary-secret-of-the-file";
const entry = {
  endpoint: "https://oaktree.example",
  token_endpoint: "https://oaktree.example/oauth/token?cloud=demo",
  client_id: "0123456789abcdef0123456789abcdef",
  client_secret: secret,
  cloud: "demo",
  project: "p",
  expires_at: "2027-02-01T00:00:00Z",
};
const credentials = {
  endpoint: entry.endpoint,
  tokenEndpoint: entry.token_endpoint,
  clientId: entry.client_id,
  clientSecret: secret,
  cloud: "demo",
  project: "p",
  expiresAt: entry.expires_at,
};

/** A file of these entries, in a folder of its own. */
function fileOf(t: Test, content: unknown, mode = 0o600) {
  const folder = t.testdir({});
  const path = `${folder}/credentials.json`;
  if (content !== undefined) {
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode });
    chmodSync(path, mode);
  }
  return new CredentialsFile(path);
}

t.test("where the file is", async (t) => {
  t.equal(credentialsPath({}, "/home/me"), "/home/me/.config/oaktree/credentials.json");
  t.equal(credentialsPath({ XDG_CONFIG_HOME: "/etc/me" }, "/h"), "/etc/me/oaktree/credentials.json");
  t.equal(credentialsPath({ OAKTREE_CREDENTIALS: "/run/c", XDG_CONFIG_HOME: "/etc/me" }), "/run/c");
});

t.test("an entry is found by its name, or by being the usual or only one", async (t) => {
  t.same(await fileOf(t, { ci: entry }).entry("ci"), credentials);
  t.same(await fileOf(t, { ci: entry }).entry(), credentials);
  const two = fileOf(t, { default: entry, ci: { ...entry, client_id: "other" } });
  t.same(await two.entry(), credentials);
  t.match(await two.entry("ci"), { clientId: "other" });
  await t.rejects(two.entry("none"), /has no entry "none"; it has: default, ci$/);
  await t.rejects(fileOf(t, { a: entry, b: entry }).entry(), /has no entry "default"; it has: a, b/);
  t.equal(await fileOf(t, undefined).entry(), undefined);
  const { token_endpoint: _, ...short } = entry;
  t.match(await fileOf(t, { short }).entry(), { tokenEndpoint: "https://oaktree.example/oauth/token" });
});

t.test("a file that others may read is refused", async (t) => {
  for (const mode of [0o644, 0o640, 0o604, 0o660, 0o601]) {
    const file = fileOf(t, { default: entry }, mode);
    await t.rejects(file.entry(), new RegExp(`\\(mode 0${mode.toString(8)}\\): chmod 600 it`));
    await t.rejects(
      file.update(async () => ({})),
      /chmod 600/,
    );
  }
  t.ok(await fileOf(t, { default: entry }, 0o400).entry());
});

t.test("what is wrong with a file is told without what it holds", async (t) => {
  const wrong: [unknown, RegExp][] = [
    [`{"default": "${secret}`, /must be a JSON object of entries/],
    [`["${secret}"]`, /must be a JSON object of entries/],
    [{ default: secret }, /entry "default": must be an object/],
    [{ default: { ...entry, client_id: undefined } }, /entry "default": client_id is missing/],
    [{ default: { ...entry, endpoint: secret } }, /endpoint must be an http or https URL/],
    [{ default: { ...entry, cloud: [secret] } }, /cloud must be text/],
  ];
  for (const [content, words] of wrong) {
    const error: Error = await fileOf(t, content)
      .entry()
      .then(
        () => new Error("was read"),
        (thrown) => thrown,
      );
    t.match(error.message, words);
    t.notMatch(error.message, secret);
  }
});

t.test("a change keeps the rest, and the file is its owner's alone", async (t) => {
  const folder = t.testdir({});
  const file = new CredentialsFile(`${folder}/new/credentials.json`);
  await file.update(async (entries) => {
    t.equal(entries.size, 0);
    return { one: credentials };
  });
  t.equal(statSync(file.path).mode & 0o777, 0o600);
  t.equal(statSync(`${folder}/new`).mode & 0o777, 0o700);
  t.same(JSON.parse(readFileSync(file.path, "utf8")), { one: entry });

  writeFileSync(file.path, JSON.stringify({ one: { ...entry, note: "mine" }, two: entry }));
  await file.update(async () => ({ one: { ...credentials, clientId: "next" }, three: credentials }));
  const kept = JSON.parse(readFileSync(file.path, "utf8"));
  t.same(kept, { one: { ...entry, client_id: "next", note: "mine" }, two: entry, three: entry });
  await file.update(async () => ({ one: undefined, three: undefined }));
  t.same(JSON.parse(readFileSync(file.path, "utf8")), { two: entry });
  t.notOk(existsSync(`${file.path}.lock`) || existsSync(`${file.path}.new`));

  symlinkSync(file.path, `${folder}/link`);
  await new CredentialsFile(`${folder}/link`).update(async () => ({ four: credentials }));
  t.same(Object.keys(JSON.parse(readFileSync(file.path, "utf8"))), ["two", "four"], "through a link");
});

t.test("a change that fails changes nothing, and two do not meet", async (t) => {
  const file = fileOf(t, { default: entry });
  await t.rejects(
    file.update(async () => {
      throw new Error("refused");
    }),
    /refused/,
  );
  await file.update(async () => {
    await t.rejects(
      file.update(async () => ({})),
      /another program changes the credentials file; if none does, delete .*\.lock/,
    );
    return { other: credentials };
  });
  t.same([...(await file.entries()).keys()], ["default", "other"]);
});
