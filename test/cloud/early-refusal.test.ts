import t from "tap";
import { isFault } from "../../src/cloud/fault.ts";
import { literalPath } from "../../src/cloud/path.ts";
import { fakeCloud, scope } from "./fake-cloud.ts";

const refusals = [
  { status: 401, reason: "FORBIDDEN" },
  { status: 409, reason: "CONFLICT" },
  { status: 413, reason: "UPSTREAM_BAD_REQUEST" },
] as const;

for (const { status, reason } of refusals) {
  t.test(`an upload that is refused with ${status} before it was read gives that error`, async (t) => {
    const fake = await fakeCloud(t, {
      unread: true,
      service: (_request, response) => {
        // As uwsgi does: answer, then close with bytes unread, so that the client's next write fails.
        response.writeHead(status, { "content-type": "text/plain", connection: "close" });
        response.end("refused early", () => response.socket?.destroy());
      },
    });
    const region = await fake.region();
    for (let round = 0; round < 40; round += 1) {
      let returned = false;
      async function* endless(): AsyncGenerator<Uint8Array> {
        try {
          for (;;) {
            yield new Uint8Array(64 * 1024);
          }
        } finally {
          returned = true;
        }
      }
      const upload = region.transfer(
        { service: "object-store", method: "PUT", path: literalPath("/c/o"), source: endless() },
        scope(),
      );
      const error = await upload.then(
        () => undefined,
        (error: unknown) => error,
      );
      t.ok(isFault(error, reason), `round ${round}: ${error}`);
      t.ok(returned, "the source was closed");
    }
  });
}
