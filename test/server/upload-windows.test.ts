// How much an uploader may have on its way: little, until its distance is what holds it up.
import { once } from "node:events";
import { connect, type Http2Session, type Settings } from "node:http2";
import { performance } from "node:perf_hooks";
import { create, toBinary } from "@bufbuild/protobuf";
import t from "tap";
import {
  type UploadImageRequest,
  UploadImageRequestSchema,
  UploadImageResponseSchema,
} from "../../src/gen/oaktree/v1/image_pb.js";
import { leastWindowBytes, mostWindowBytes } from "../../src/server/limits.ts";
import { UploadWindow } from "../../src/server/upload-window.ts";
import { envelope } from "../transfer/pipelines.ts";
import { handlers, start, token } from "./harness.ts";

/** A session whose round trips and whose process's work the test decides about. */
class Scene {
  readonly windows: number[] = [];
  readonly window: UploadWindow;
  utilization = 0;
  #answer: ((error: Error | null, ms: number) => void) | undefined;

  constructor() {
    const session = {
      ping: (answer: (error: Error | null, ms: number) => void) => {
        this.#answer = answer;
        return true;
      },
      settings: ({ initialWindowSize = 0 }: Settings) => void this.windows.push(initialWindowSize),
    };
    this.window = new UploadWindow(session as unknown as Http2Session, (since) => ({
      ...performance.eventLoopUtilization(),
      ...(since && { utilization: this.utilization }),
    }));
  }

  get isAsked(): boolean {
    return this.#answer !== undefined;
  }

  /** The answer to a ping comes. */
  answer(error: Error | null, ms: number): void {
    const answer = this.#answer;
    this.#answer = undefined;
    answer?.(error, ms);
  }

  /** Bytes come, a ping is sent, more bytes come, and then its answer. */
  roundTrip(bytes: number, ms = 50): void {
    this.window.passed(leastWindowBytes * 12);
    this.window.passed(bytes);
    this.answer(null, ms);
  }
}

t.test("a round trip that carries much of the window makes it grow, up to a bound", async (t) => {
  const scene = new Scene();
  for (let times = 0; times < 5; times += 1) {
    scene.roundTrip(mostWindowBytes);
  }
  t.same(scene.windows, [4 * leastWindowBytes, mostWindowBytes]);
  t.notOk(scene.isAsked, "then nothing is left to measure");
});

t.test("a caller nearby keeps the small one, and one answer proves it for good", async (t) => {
  const scene = new Scene();
  scene.roundTrip(leastWindowBytes, 4);
  scene.window.passed(leastWindowBytes);
  t.notOk(scene.isAsked);
  t.same(scene.windows, []);
});

t.test("a caller far away that sends slowly keeps it too", async (t) => {
  const scene = new Scene();
  scene.roundTrip(leastWindowBytes / 4);
  t.same(scene.windows, []);
});

t.test("a round trip that took long because this process was busy says nothing", async (t) => {
  const scene = new Scene();
  scene.utilization = 0.9;
  scene.roundTrip(leastWindowBytes);
  t.same(scene.windows, []);
  scene.utilization = 0.1;
  scene.roundTrip(leastWindowBytes);
  t.same(scene.windows, [4 * leastWindowBytes]);
});

t.test("one ping at a time, and none where little comes", async (t) => {
  const scene = new Scene();
  scene.window.passed(leastWindowBytes / 4);
  t.notOk(scene.isAsked);
  scene.window.passed(leastWindowBytes / 4);
  t.ok(scene.isAsked);
});

t.test("a session that ends during a round trip is left alone", async (t) => {
  const scene = new Scene();
  scene.window.passed(leastWindowBytes);
  scene.window.passed(leastWindowBytes);
  scene.answer(new Error("the session has ended"), 50);
  scene.window.passed(leastWindowBytes);
  t.same(scene.windows, []);
  t.notOk(scene.isAsked);
});

t.test("uploads are measured, other calls are not", async (t) => {
  const server = await start({
    handlers: handlers({
      "ImageService.UploadImage": async (requests: AsyncIterable<UploadImageRequest>) => {
        for await (const _ of requests);
        return create(UploadImageResponseSchema);
      },
    }),
  });
  t.teardown(() => server.close());
  const session = connect(server.url);
  t.teardown(() => session.destroy());
  let pings = 0;
  session.on("ping", () => {
    pings += 1;
  });
  const call = (path: string, body: Uint8Array) => {
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      te: "trailers",
      "content-type": "application/grpc",
      authorization: `Bearer ${token}`,
    });
    stream.end(body);
    stream.resume();
    return once(stream, "trailers") as Promise<[Record<string, unknown>]>;
  };
  const [listed] = await call("/oaktree.v1.ComputeService/ListFlavors", envelope(new Uint8Array()));
  t.equal(listed["grpc-status"], "0");
  t.equal(session.remoteSettings.initialWindowSize, leastWindowBytes);
  t.equal(pings, 0);
  const data = new Uint8Array(leastWindowBytes / 2);
  const message = create(UploadImageRequestSchema, { part: { case: "data", value: data } });
  const [uploaded] = await call(
    "/oaktree.v1.ImageService/UploadImage",
    envelope(toBinary(UploadImageRequestSchema, message)),
  );
  t.equal(uploaded["grpc-status"], "0");
  t.ok(pings >= 1);
});
