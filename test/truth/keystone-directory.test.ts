import type { JsonObject } from "../../src/cloud/json.ts";
import { truth } from "./rest.ts";

truth("administrators see who is who, and nobody else does", async (t, rest) => {
  const { user, project } = (await rest.token("demo")).token as Record<string, { id: string }>;
  const get = async (path: string, by = "admin") => {
    const { status, json } = await rest.ask("identity", "GET", path, { user: by });
    return status === 200 ? json : status;
  };
  t.match(await get("/users?name=demo"), { users: [{ id: user?.id, name: "demo", domain_id: "default" }] });
  t.match(await get(`/users/${user?.id}`), { user: { name: "demo", enabled: true } });
  t.match(await get("/projects?name=demo"), { projects: [{ id: project?.id, name: "demo" }] });
  t.match(await get("/roles?name=member"), { roles: [{ name: "member", domain_id: null }] });
  t.match(await get("/domains"), { domains: [{ id: "default", name: "Default" }] });
  t.match(await get("/domains/default"), { domain: { id: "default" } });
  const query = `user.id=${user?.id}&scope.project.id=${project?.id}&include_names=true`;
  const assigned = ((await get(`/role_assignments?${query}`)) as JsonObject).role_assignments as JsonObject[];
  t.match(assigned[0], {
    user: { id: user?.id, name: "demo", domain: { id: "default" } },
    scope: { project: { id: project?.id, name: "demo" } },
  });
  const names = assigned.map(({ role }) => String((role as JsonObject).name)).sort();
  t.strictSame(names, ["member", "reader"]);
  const roles = (await get(`/projects/${project?.id}/users/${user?.id}/roles`)) as { roles: JsonObject[] };
  t.strictSame(roles.roles.map(({ name }) => String(name)).sort(), ["member", "reader"]);
  t.match(await get("/regions", "demo"), { regions: [{ id: "RegionOne" }, { id: "RegionTwo" }] });
  const { services } = (await get("/services")) as { services: JsonObject[] };
  t.ok(services.some(({ type }) => type === "object-store"));

  t.match(await get(`/users/${user?.id}`, "demo"), { user: { name: "demo" } });
  t.match(await get(`/users/${user?.id}/projects`, "demo"), { projects: [{ domain_id: "default" }] });
  for (const path of [
    "/users",
    "/projects",
    "/roles",
    "/domains",
    "/role_assignments",
    "/services",
    "/endpoints",
  ]) {
    t.equal(await get(path, "demo"), 403, path);
  }
  t.equal(await get("/users/none"), 404);
  t.equal(await get("/domains/none"), 404);
});

truth("a token is revoked by its owner, and found by nobody after that", async (t, rest) => {
  const { auth_url, username, password, project_name } = rest.auth("alt");
  const domain = { name: "Default" };
  const made = await rest.ask("identity", "POST", "/auth/tokens", {
    user: null,
    body: {
      auth: {
        identity: { methods: ["password"], password: { user: { name: username, domain, password } } },
        scope: { project: { name: project_name, domain } },
      },
    },
  });
  const token = String(made.headers["x-subject-token"]);
  const subject = { "x-subject-token": token };
  t.equal((await rest.ask("identity", "GET", "/auth/tokens", { headers: subject })).status, 403);
  t.equal((await rest.ask("identity", "DELETE", "/auth/tokens", { headers: subject })).status, 403);
  t.equal((await rest.ask("identity", "DELETE", "/auth/tokens", { token, headers: subject })).status, 204);
  t.equal((await rest.ask("identity", "GET", "/auth/catalog", { token })).status, 401);
  t.equal(
    (await rest.ask("identity", "GET", "/auth/tokens", { user: "admin", headers: subject })).status,
    404,
  );
  t.ok(auth_url);
});
