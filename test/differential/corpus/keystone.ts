import { Story } from "../story.ts";

const password = (user: string, secret: string) => ({
  identity: {
    methods: ["password"],
    password: { user: { name: user, password: secret, domain: { name: "Default" } } },
  },
});
const project = { project: { name: "demo", domain: { name: "Default" } } };
const nobody = { user: "nobody" };

/** Requests to Keystone. */
export const keystone = new Story("identity")
  .get("/", nobody)
  .gets("", "/no-such-thing", "/auth/projects", "/auth/catalog", "/auth/domains", "/auth/system")
  .get("/auth/projects", nobody)
  .get("/auth/projects", { headers: { "x-auth-token": "gAAAA-nonsense" } })
  .post("/auth/tokens", { auth: { ...password("demo", "{password}"), scope: project } }, nobody)
  .post("/auth/tokens?nocatalog", { auth: { ...password("demo", "{password}"), scope: project } }, nobody)
  .post("/auth/tokens", { auth: password("demo", "{password}") }, nobody)
  .post("/auth/tokens", { auth: { ...password("demo", "{password}"), scope: "unscoped" } }, nobody)
  .post("/auth/tokens", { auth: password("demo", "wrong") }, nobody)
  .post("/auth/tokens", { auth: password("no-such-user", "wrong") }, nobody)
  .post(
    "/auth/tokens",
    {
      auth: {
        ...password("demo", "{password}"),
        scope: { project: { name: "admin", domain: { name: "Default" } } },
      },
    },
    nobody,
  )
  .post(
    "/auth/tokens",
    { auth: { ...password("demo", "{password}"), scope: { project: { id: "none" } } } },
    nobody,
  )
  .post("/auth/tokens", {}, nobody)
  .post("/auth/tokens", { auth: {} }, nobody)
  .post("/auth/tokens", { auth: { identity: { methods: [] } } }, nobody)
  .post("/auth/tokens", { auth: { identity: { methods: ["no-such-method"] } } }, nobody)
  .post("/auth/tokens", { auth: { identity: { methods: ["token"], token: { id: "nonsense" } } } }, nobody)
  .post("/auth/tokens", "not json", { ...nobody, headers: { "content-type": "application/json" } })
  .post(
    "/users/{demo_user}/application_credentials",
    { application_credential: { name: "{u}-ac", description: "d" } },
    { keeps: { ac: "application_credential.id", ac_secret: "application_credential.secret" } },
  )
  .post("/users/{demo_user}/application_credentials", { application_credential: { name: "{u}-ac" } })
  .post("/users/{demo_user}/application_credentials", { application_credential: {} })
  .post("/users/{demo_user}/application_credentials", {})
  .post("/users/{demo_user}/application_credentials", {
    application_credential: { name: "{u}-bad", roles: [{ name: "no-such-role" }] },
  })
  .post("/users/{demo_user}/application_credentials", {
    application_credential: { name: "{u}-bad", expires_at: "yesterday" },
  })
  .post(
    "/users/{demo_user}/application_credentials",
    {
      application_credential: {
        name: "{u}-rules",
        roles: [{ name: "member" }],
        expires_at: "2036-01-01T00:00:00.000000",
        access_rules: [{ service: "compute", method: "GET", path: "/v2.1/servers/**" }],
      },
    },
    { keeps: { ac2: "application_credential.id", ac2_secret: "application_credential.secret" } },
  )
  .get("/users/{demo_user}/application_credentials")
  .get("/users/{demo_user}/application_credentials?name={u}-ac")
  .get("/users/{demo_user}/application_credentials/{ac}")
  .get("/users/{demo_user}/application_credentials/none")
  .get("/users/{demo_user}/application_credentials", { user: "alt" })
  .get("/users/{demo_user}/access_rules")
  .post(
    "/auth/tokens",
    {
      auth: {
        identity: {
          methods: ["application_credential"],
          application_credential: { id: "{ac}", secret: "{ac_secret}" },
        },
      },
    },
    nobody,
  )
  .post(
    "/auth/tokens",
    {
      auth: {
        identity: {
          methods: ["application_credential"],
          application_credential: { id: "{ac2}", secret: "{ac2_secret}" },
        },
      },
    },
    nobody,
  )
  .post(
    "/auth/tokens",
    {
      auth: {
        identity: {
          methods: ["application_credential"],
          application_credential: { id: "{ac}", secret: "wrong" },
        },
      },
    },
    nobody,
  )
  .post(
    "/auth/tokens",
    {
      auth: {
        identity: {
          methods: ["application_credential"],
          application_credential: { id: "none", secret: "wrong" },
        },
      },
    },
    nobody,
  )
  .delete("/users/{demo_user}/application_credentials/{ac}", { user: "alt" })
  .delete("/users/{demo_user}/application_credentials/{ac}")
  .delete("/users/{demo_user}/application_credentials/{ac}")
  .delete("/users/{demo_user}/application_credentials/{ac2}")
  .post(
    "/auth/tokens",
    {
      auth: {
        identity: {
          methods: ["application_credential"],
          application_credential: { id: "{ac}", secret: "{ac_secret}" },
        },
      },
    },
    nobody,
  )
  .get("/users/{demo_user}")
  .get("/users/{demo_user}", { user: "alt" })
  .get("/projects/{demo_project}")
  .get("/users/{demo_user}/projects")
  .get("/users", { user: "admin" })
  .get("/users?name=demo", { user: "admin" })
  .get("/users/none", { user: "admin" })
  .get("/projects?name=demo", { user: "admin" })
  .get("/projects/none", { user: "admin" })
  .get("/roles", { user: "admin" })
  .get("/role_assignments?user.id={demo_user}", { user: "admin" })
  .get("/users", { user: "alt" })
  .get("/roles", { user: "alt" });
