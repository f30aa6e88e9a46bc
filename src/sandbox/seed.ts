import { createCipheriv, randomUUID } from "node:crypto";
import { hexId } from "./core/ids.ts";
import { imageData } from "./glance/state.ts";
import type { Project, User } from "./keystone/state.ts";
import { ipText } from "./neutron/state/addresses.ts";
import { addNetwork, addPort, addSubnet } from "./neutron/state/networks.ts";
import { addRouter, setGateway } from "./neutron/state/routers.ts";
import { addSecurityGroup, admitItself } from "./neutron/state/security-groups.ts";
import { hostRam } from "./nova/state.ts";
import type { World } from "./world.ts";

/** What networks a fresh cloud has: one outside and one of demo, one of the provider, one that leads nowhere, or none. */
export type NetworkShape = "usual" | "provider" | "no-floating-ips" | "none";

/** Fills the world with what a fresh test cloud has. */
export function seed(world: World, password: string, networks: NetworkShape): void {
  for (const role of ["admin", "member", "reader"]) {
    world.roles.set(role, hexId());
  }
  for (const name of ["admin", "demo", "alt"]) {
    const project = { id: hexId(), name };
    const roles = name === "admin" ? ["admin", "member", "reader"] : ["member", "reader"];
    world.projects.set(project.id, project);
    addUser(world, { id: hexId(), name, password, project, roles });
    const group = addSecurityGroup(world, {
      projectId: project.id,
      name: "default",
      description: "Default security group",
    });
    admitItself(world, group);
    if (name === "demo") {
      addUser(world, { id: hexId(), name: "reader", password, project, roles: ["reader"] });
    }
  }
  const flavors: [string, string, number, number, number][] = [
    ["1", "m1.tiny", 512, 1, 1],
    ["2", "m1.small", 2048, 1, 20],
    ["3", "m1.medium", 4096, 2, 40],
    ["4", "m1.large", 8192, 4, 80],
    ["42", "m1.nano", 192, 1, 1],
    ["5", "m1.xlarge", 16384, 8, 160],
    ["9", "m1.toobig", 2 * hostRam, 1, 1],
  ];
  for (const [id, name, ram, vcpus, disk] of flavors) {
    world.flavors.set(id, { id, name, ram, vcpus, disk });
  }
  const [admin, demo] = [...world.projects.values()] as [Project, Project];
  seedNetworks(world, admin, demo, networks);
  const bytes = noise(1024 * 1024);
  const id = randomUUID();
  world.images.set(id, {
    id,
    owner: admin.id,
    createdAt: world.timeline.now(),
    updatedAt: world.timeline.now(),
    name: "lab-small",
    diskFormat: "raw",
    containerFormat: "bare",
    visibility: "public",
    status: "active",
    protected: false,
    hidden: false,
    minRam: 0,
    minDisk: 0,
    tags: [],
    // What openstacksdk writes on the images that it uploads.
    properties: new Map([
      ["owner_specified.openstack.md5", ""],
      ["owner_specified.openstack.sha256", ""],
      ["owner_specified.openstack.object", "images/lab-small"],
    ]),
    staged: undefined,
    tasks: [],
    data: imageData(bytes),
  });
}

/** Bytes that do not compress, the same at each start: the key stream of a cipher, for a hash a block costs 0.2 s. */
function noise(size: number): Buffer {
  return createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(size));
}

function addUser(world: World, user: User): void {
  world.users.set(user.id, user);
}

function seedNetworks(world: World, admin: Project, demo: Project, shape: NetworkShape): void {
  if (shape === "none") {
    return;
  }
  if (shape === "provider") {
    const provider = addNetwork(world, { projectId: admin.id, name: "provider", shared: true, mtu: 1500 });
    addSubnet(world, provider, {
      name: "provider-subnet",
      cidr: "203.0.112.0/20",
      dhcp: true,
      dnsNameservers: ["9.9.9.9"],
    });
    return;
  }
  const internal = addNetwork(world, { projectId: demo.id, name: "private" });
  const subnet = addSubnet(world, internal, {
    name: "private-subnet",
    cidr: "10.10.0.0/16",
    dhcp: true,
    dnsNameservers: ["9.9.9.9"],
  });
  if (shape === "no-floating-ips") {
    return;
  }
  const external = addNetwork(world, { projectId: admin.id, name: "public", external: true, mtu: 1500 });
  addSubnet(world, external, {
    name: "public-subnet",
    cidr: "172.24.0.0/20",
    dhcp: false,
    dnsNameservers: [],
  });
  const router = addRouter(world, { projectId: demo.id, name: "router1" });
  setGateway(world, router, external.id);
  const gateway = ipText(subnet.first - 1);
  addPort(world, internal, {
    projectId: demo.id,
    fixedIps: [{ subnetId: subnet.id, address: gateway }],
    securityGroups: [],
    deviceId: router.id,
    deviceOwner: "network:router_interface",
  });
}
