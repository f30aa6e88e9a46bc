// HTTP/2 callers that flood their connection: it is closed, the memory stays, and others are served.
import { setImmediate as turn } from "node:timers/promises";
import t, { type Test } from "tap";
import { token } from "../server/harness.ts";
import { attacked } from "./attacked.ts";
import { callHeaders, flags, frame, preface, raw, types } from "./frames.ts";

const server = await attacked(t);
const path = "/oaktree.v1.ComputeService/ListFlavors";
const headers = callHeaders(path, { authorization: `Bearer ${token}`, "content-type": "application/grpc" });
const open = (stream: number, flag: number) => frame(types.headers, flag, stream, headers);
const cancel = Buffer.from([0, 0, 0, 8]);

/** The flood until its connection is closed, a thousand frames at a time. */
const floods: Record<string, { begin?: Buffer; frames: (round: number) => Buffer[] }> = {
  "rapid resets (CVE-2023-44487)": {
    frames: (round) =>
      Array.from({ length: 1000 }, (_, index) => {
        const stream = 1 + 2 * (round * 1000 + index);
        return Buffer.concat([open(stream, flags.endHeaders), frame(types.reset, 0, stream, cancel)]);
      }),
  },
  "headers that never end, in CONTINUATIONs (CVE-2024-27316)": {
    begin: open(1, 0),
    frames: () => Array(1000).fill(frame(types.continuation, 0, 1, Buffer.from([0, 1, 97, 1, 98]))),
  },
  "CONTINUATIONs without anything in them": {
    begin: open(1, 0),
    frames: () => Array(1000).fill(frame(types.continuation, 0, 1, Buffer.alloc(0))),
  },
  "calls beyond the number of streams": {
    frames: (round) =>
      Array.from({ length: 1000 }, (_, index) => open(1 + 2 * (round * 1000 + index), flags.endHeaders)),
  },
  "settings with more entries than there are settings": {
    frames: () => [frame(types.settings, 0, 0, Buffer.alloc(6 * 200, Buffer.from([0, 9, 0, 0, 0, 1])))],
  },
};

for (const [name, { begin, frames }] of Object.entries(floods)) {
  t.test(name, async (t) => {
    const waves = async (number: number) => {
      for (let wave = 0; wave < number; wave++) {
        await attack(t, begin, frames);
        await server.serves(t);
      }
    };
    // The first ones make the heap as large as it gets; what comes after would be a leak.
    await waves(8);
    const before = server.residentMib();
    await waves(4);
    t.ok(server.residentMib() - before < 100, `${Math.round(server.residentMib() - before)} MiB more`);
  });
}

/** Floods one connection until it is closed. */
async function attack(
  t: Test,
  begin: Buffer | undefined,
  frames: (round: number) => Buffer[],
): Promise<void> {
  const attacker = await raw(t, server.port);
  await attacker.send(preface);
  await attacker.send(begin ?? Buffer.alloc(0));
  let round = 0;
  while (round < 1000 && (await attacker.send(Buffer.concat(frames(round))))) {
    round++;
    await turn();
  }
  t.ok(round < 1000, `closed after ${round} rounds`);
}

// Each wants an answer, and whoever sends them takes none.
for (const [name, one] of [
  ["PINGs", frame(types.ping, 0, 0, Buffer.alloc(8))],
  ["SETTINGS", frame(types.settings, 0, 0, Buffer.alloc(0))],
] as const) {
  t.test(`${name} from callers that do not read`, async (t) => {
    const before = server.residentMib();
    const many = Buffer.concat(Array(10_000).fill(one));
    const attackers = await Promise.all(Array.from({ length: 10 }, () => raw(t, server.port, true)));
    const ended = attackers.map(async (attacker) => {
      await attacker.send(preface);
      let sent = 0;
      // Either it is hung up on, or nothing more is taken from it: then this waits, and is cut off below.
      while (sent < 100 && (await attacker.send(many))) {
        sent++;
      }
      return sent;
    });
    await Promise.race([Promise.all(ended), server.serves(t)]);
    await server.serves(t);
    t.ok(server.residentMib() - before < 100, `${Math.round(server.residentMib() - before)} MiB more`);
    for (const { socket } of attackers) {
      socket.destroy();
    }
    await Promise.all(ended);
  });
}

t.test("nothing of it is left", async (t) => {
  await server.settled().then(() => t.pass("no connection"));
});
