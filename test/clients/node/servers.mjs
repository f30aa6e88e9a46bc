// A server in Node, by grpc-js and without stubs: created, waited for, deleted, as the
// API user of a credentials file.
//
//   OAKTREE_CREDENTIALS  the credentials file, whose default entry is used
//   OAKTREE_REGION       the region to use; needed where the cloud has several
//   OAKTREE_CA           file with the certificate authority of the Oaktree, which Node's
//                        own fetch wants in NODE_EXTRA_CA_CERTS
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const { endpoint, token_endpoint, client_id, client_secret } = JSON.parse(
  readFileSync(process.env.OAKTREE_CREDENTIALS, "utf8"),
).default;
const granted = await fetch(token_endpoint, {
  method: "POST",
  headers: { authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}` },
  body: new URLSearchParams({ grant_type: "client_credentials" }),
});
const { access_token } = await granted.json();

const protos = loader.loadSync("oaktree/v1/compute.proto", { includeDirs: ["proto", "third_party"] });
const { ComputeService } = grpc.loadPackageDefinition(protos).oaktree.v1;
const token = grpc.credentials.createFromMetadataGenerator((_, done) => {
  const metadata = new grpc.Metadata();
  metadata.set("authorization", `Bearer ${access_token}`);
  done(null, metadata);
});
const tls = grpc.credentials.createSsl(readFileSync(process.env.OAKTREE_CA));
const compute = new ComputeService(
  new URL(endpoint).host,
  grpc.credentials.combineChannelCredentials(tls, token),
);
const call = (method) => promisify(compute[method].bind(compute));
const location = { region: process.env.OAKTREE_REGION };
const name = `first-node-${process.pid}`;

const { server } = await call("createServer")({
  location,
  name,
  image: "lab-small",
  flavor: "m1.nano",
  networks: ["private"],
});
try {
  const up = await call("waitForServerStatus")({ location, nameOrId: server.id });
  console.log(`server ${up.server.id} is ${up.server.statusText} at ${up.server.interfaceIp}`);
} finally {
  await call("deleteServer")({ location, nameOrId: server.id });
}
await call("waitForServerStatus")({ location, nameOrId: server.id, status: "SERVER_STATUS_DELETED" });
console.log("all are gone");
compute.close();
