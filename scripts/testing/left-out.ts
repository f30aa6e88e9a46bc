/** A part of the tests that Node alone cannot run. */
export interface Part {
  readonly name: string;
  readonly needs: string;
}

/** Tests, by folder or file, that need more than Node, or more time than `npm test` has. */
export const foldersOfRealParts: readonly string[] = [
  "test/clients/",
  "test/openstack/",
  "test/proofs/",
  "test/container/",
  "test/abuse/",
  "test/fuzz/",
  "test/process/",
  "test/quirks/",
  "test/commands/",
  "test/contract/access-presets.test.ts",
  "test/contract/error-credentials.test.ts",
  "test/contract/server-request-id.test.ts",
  "test/contract/transfer-outcomes.test.ts",
  "test/server/graceful-stop.test.ts",
  "test/server/oauth-limits.test.ts",
  "test/server/upstream-ends-too.test.ts",
  "test/telemetry/",
  "test/transfer/digest-ring.test.ts",
  "test/transfer/digests.test.ts",
  "test/transfer/incoming-payloads.test.ts",
  "test/transfer/memory.test.ts",
];

/** Folder of test files that end services others may be using. */
export const folderOfOutages = "test/outages/";

/** What `npm test` leaves out, and why. */
export function leftOut(env: NodeJS.ProcessEnv): Part[] {
  return [
    ...(env.OAKTREE_TEST_OPENSTACK === undefined
      ? [
          {
            name: "contract tests on a real OpenStack",
            needs: "Keystone, Glance, Swift, Nova, Neutron, Cinder",
          },
        ]
      : []),
    {
      name: "the proofs with many callers and several Oaktrees",
      needs: "a real OpenStack, and some minutes",
    },
    {
      name: "what happens when Glance or Swift is killed",
      needs: "a real OpenStack with no other test on it",
    },
    { name: "attacks on the port, made-up requests, slow and odd clouds", needs: "some minutes" },
    { name: "whole processes that start, stop and renew their certificate", needs: "a minute" },
    {
      name: "the command line, transfers that go wrong, what is watched, and other slow files",
      needs: "two minutes",
    },
    { name: "the conformance suite of Connect, gRPC and gRPC-Web", needs: "Go" },
    { name: "the client in Go", needs: "Go and a real OpenStack" },
    { name: "the client in Go by Connect", needs: "Go and a real OpenStack" },
    { name: "the client in Java", needs: "a JDK, Maven and a real OpenStack" },
    { name: "the client in Ruby", needs: "Ruby with grpc and a real OpenStack" },
    { name: "the client in Python", needs: "Python with grpcio and a real OpenStack" },
    { name: "openstacksdk at the sandbox", needs: "Python with openstacksdk" },
    { name: "the client in curl", needs: "curl, jq and a real OpenStack" },
    { name: "the client in grpcurl", needs: "grpcurl and a real OpenStack" },
    { name: "the client in buf curl", needs: "jq and a real OpenStack" },
    { name: "the examples of the README and of docs/clients.md", needs: "curl, Go, Python, Java and Ruby" },
    { name: "gRPC-Web in a browser", needs: "Chromium and a real OpenStack" },
    { name: "the container file", needs: "npm's registry, and a minute" },
    { name: "the dashboard's types and build", needs: "the packages of web/" },
  ];
}
