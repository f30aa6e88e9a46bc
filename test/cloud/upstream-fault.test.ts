import t from "tap";
import type { Reason } from "../../src/cloud/fault.ts";
import { upstreamFault } from "../../src/cloud/upstream-fault.ts";

const json = { "content-type": "application/json" };
const html = { "content-type": "text/html; charset=UTF-8" };

/** Answers of the real services: what they send, and what callers are to get. */
const answers: [string, number, Record<string, string>, string, Reason, string][] = [
  [
    "nova: not there",
    404,
    json,
    '{"itemNotFound": {"code": 404, "message": "Instance x could not be found."}}',
    "NOT_FOUND",
    "Instance x could not be found.",
  ],
  [
    "nova: no such path",
    404,
    html,
    "<html>\n <head>\n  <title>404 Not Found</title>\n </head>\n <body>\n  <h1>404 Not Found</h1>\n  The resource could not be found.<br /><br />\n\n\n\n </body>\n</html>",
    "NOT_FOUND",
    "The resource could not be found.",
  ],
  [
    "nova: policy",
    403,
    json,
    `{"forbidden": {"code": 403, "message": "Policy doesn't allow os_compute_api:os-quota-sets:update to be performed."}}`,
    "FORBIDDEN",
    "Policy doesn't allow os_compute_api:os-quota-sets:update to be performed.",
  ],
  [
    "nova: quota",
    403,
    json,
    '{"forbidden": {"code": 403, "message": "Quota exceeded for instances: Requested 1, but already used 0 of 0 instances"}}',
    "QUOTA_EXCEEDED",
    "Quota exceeded for instances: Requested 1, but already used 0 of 0 instances",
  ],
  [
    "cinder: the volume's state does not allow it",
    400,
    json,
    '{"badRequest": {"code": 400, "message": "Invalid volume: Volume x status must be available, but current status is: in-use."}}',
    "CONFLICT",
    "Invalid volume: Volume x status must be available, but current status is: in-use.",
  ],
  [
    "cinder: no such image",
    400,
    json,
    '{"badRequest": {"code": 400, "message": "Invalid image identifier or unable to access requested image."}}',
    "UPSTREAM_BAD_REQUEST",
    "Invalid image identifier or unable to access requested image.",
  ],
  [
    "nova: nothing to confirm",
    400,
    json,
    '{"badRequest": {"code": 400, "message": "Instance has not been resized."}}',
    "CONFLICT",
    "Instance has not been resized.",
  ],
  [
    "nova: metadata items",
    403,
    json,
    '{"forbidden": {"code": 403, "message": "Maximum number of metadata items exceeds 128"}}',
    "QUOTA_EXCEEDED",
    "Maximum number of metadata items exceeds 128",
  ],
  [
    "nova: several networks",
    409,
    json,
    '{"conflictingRequest": {"code": 409, "message": "Multiple possible networks found, use a Network ID to be more specific."}}',
    "NETWORK_REQUIRED",
    "Multiple possible networks found, use a Network ID to be more specific.",
  ],
  [
    "nova: keypair of the name",
    409,
    json,
    `{"conflictingRequest": {"code": 409, "message": "Key pair 'k' already exists."}}`,
    "ALREADY_EXISTS",
    "Key pair 'k' already exists.",
  ],
  [
    "nova: state",
    409,
    json,
    `{"conflictingRequest": {"code": 409, "message": "Cannot 'start' instance x while it is in vm_state active"}}`,
    "CONFLICT",
    "Cannot 'start' instance x while it is in vm_state active",
  ],
  [
    "nova: microversion",
    406,
    json,
    '{"computeFault": {"code": 406, "message": "Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is 2.93."}}',
    "UNSUPPORTED_BY_CLOUD",
    "Version 2.999 is not supported by the API. Minimum is 2.1 and maximum is 2.93.",
  ],
  [
    "nova: bad request",
    400,
    json,
    `{"badRequest": {"code": 400, "message": "Invalid input for field/attribute networks. Value: none. 'none' is not of type 'array'"}}`,
    "UPSTREAM_BAD_REQUEST",
    "Invalid input for field/attribute networks. Value: none. 'none' is not of type 'array'",
  ],
  [
    "nova: fault",
    500,
    json,
    '{"computeFault": {"code": 500, "message": "Unexpected API Error."}}',
    "UPSTREAM_ERROR",
    "Unexpected API Error.",
  ],
  [
    "neutron: not there",
    404,
    json,
    '{"NeutronError": {"type": "NetworkNotFound", "message": "Network x could not be found.", "detail": ""}}',
    "NOT_FOUND",
    "Network x could not be found.",
  ],
  [
    "neutron: quota",
    409,
    json,
    `{"NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: ['port'].", "detail": ""}}`,
    "QUOTA_EXCEEDED",
    "Quota exceeded for resources: ['port'].",
  ],
  [
    "neutron: exists",
    409,
    json,
    '{"NeutronError": {"type": "SecurityGroupDefaultAlreadyExists", "message": "Default security group already exists.", "detail": ""}}',
    "ALREADY_EXISTS",
    "Default security group already exists.",
  ],
  [
    "neutron: address taken",
    409,
    json,
    '{"NeutronError": {"type": "IpAddressAlreadyAllocated", "message": "IP address 10.99.0.77 already allocated in subnet 0c683132", "detail": ""}}',
    "CONFLICT",
    "IP address 10.99.0.77 already allocated in subnet 0c683132",
  ],
  [
    "glance: not there",
    404,
    json,
    String.raw`{"message": "No image found with ID x<br /><br />\n\n\n", "code": "404 Not Found", "title": "Not Found"}`,
    "NOT_FOUND",
    "No image found with ID x",
  ],
  [
    "glance: exists",
    409,
    json,
    String.raw`{"message": "Image ID 27fd already exists!<br /><br />\n\n\n", "code": "409 Conflict", "title": "Conflict"}`,
    "ALREADY_EXISTS",
    "Image ID 27fd already exists!",
  ],
  [
    "cinder: quota",
    413,
    { ...json, "retry-after": "0" },
    '{"overLimit": {"code": 413, "message": "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 100000G, quota is 1000G and 0G has been consumed.", "retryAfter": "0"}}',
    "QUOTA_EXCEEDED",
    "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 100000G, quota is 1000G and 0G has been consumed.",
  ],
  [
    "keystone: policy",
    403,
    json,
    '{"error":{"code":403,"message":"You are not authorized to perform the requested action: identity:list_users.","title":"Forbidden"}}',
    "FORBIDDEN",
    "You are not authorized to perform the requested action: identity:list_users.",
  ],
  [
    "keystone: project of the name",
    409,
    json,
    '{"error":{"code":409,"message":"Conflict occurred attempting to store project - it is not permitted to have two projects with either the same name or same id in the same domain: name is a, project id 0cf5.","title":"Conflict"}}',
    "ALREADY_EXISTS",
    "Conflict occurred attempting to store project - it is not permitted to have two projects with either the same name or same id in the same domain: name is a, project id 0cf5.",
  ],
  [
    "placement: policy",
    403,
    json,
    String.raw`{"errors": [{"status": 403, "title": "Forbidden", "detail": "Access was denied to this resource.\n\n Policy does not allow placement:resource_providers:list to be performed.  ", "request_id": "req-c3"}]}`,
    "FORBIDDEN",
    "Access was denied to this resource. Policy does not allow placement:resource_providers:list to be performed.",
  ],
  [
    "placement: microversion",
    406,
    json,
    '{"errors": [{"status": 406, "title": "Not Acceptable", "detail": "Invalid microversion: Unacceptable version header: 1.999", "max_version": "1.39", "min_version": "1.0"}]}',
    "UNSUPPORTED_BY_CLOUD",
    "Invalid microversion: Unacceptable version header: 1.999",
  ],
  [
    "swift: not there",
    404,
    html,
    "<html><h1>Not Found</h1><p>The resource could not be found.</p></html>",
    "NOT_FOUND",
    "The resource could not be found.",
  ],
  [
    "ironic: JSON in a string",
    409,
    json,
    String.raw`{"error_message": "{\"faultcode\": \"Client\", \"faultstring\": \"A node with name n already exists.\"}"}`,
    "ALREADY_EXISTS",
    "A node with name n already exists.",
  ],
  ["a rate limit", 429, { "retry-after": "7" }, "", "RATE_LIMITED", "HTTP 429"],
  [
    "an old rate limit",
    413,
    { ...json, "retry-after": "7" },
    '{"overLimit": {"code": 413, "message": "This request was rate-limited."}}',
    "RATE_LIMITED",
    "This request was rate-limited.",
  ],
  [
    "a proxy without a service",
    503,
    html,
    "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>",
    "UPSTREAM_UNAVAILABLE",
    "No server is available to handle this request.",
  ],
];

const upstream = { cloud: "c", region: "r", service: "s" };

for (const [name, status, headers, body, reason, words] of answers) {
  t.test(name, (t) => {
    const fault = upstreamFault(
      upstream,
      "GET",
      { status, headers: { ...headers, "x-openstack-request-id": "req-1" }, body: Buffer.from(body) },
      0,
    );
    t.equal(fault.reason, reason);
    t.equal(fault.message, `s of c/r: ${words}`);
    t.same(fault.metadata, { ...upstream, upstreamStatus: String(status), upstreamRequestId: "req-1" });
    t.equal(fault.retryAfterMs, reason === "RATE_LIMITED" ? 7000 : undefined);
    t.end();
  });
}

t.test("a proxy that gave up on a change leaves its outcome unknown", (t) => {
  for (const status of [502, 504]) {
    const refusal = { status, headers: {}, body: new Uint8Array() };
    t.equal(upstreamFault(upstream, "GET", refusal, 0).reason, "UPSTREAM_UNAVAILABLE");
    t.equal(upstreamFault(upstream, "POST", refusal, 0).reason, "OUTCOME_UNKNOWN");
    t.equal(upstreamFault(upstream, "DELETE", refusal, 0).reason, "OUTCOME_UNKNOWN");
  }
  t.end();
});

t.test("Retry-After may be a date", (t) => {
  const headers = { "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" };
  t.equal(
    upstreamFault(upstream, "GET", { status: 503, headers, body: new Uint8Array() }, 4000).retryAfterMs,
    5000,
  );
  t.end();
});

t.test("words are bounded", (t) => {
  const fault = upstreamFault(
    upstream,
    "GET",
    { status: 500, headers: {}, body: Buffer.from("x".repeat(9999)) },
    0,
  );
  t.ok(fault.message.length < 2100);
  t.end();
});
