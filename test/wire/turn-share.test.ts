import t from "tap";
import { TurnShare } from "../../src/wire/turn-share.ts";

const mebibyte = 1024 * 1024;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** How many pieces of 64 KiB each may move until it is told to stop. */
function piecesOf(shares: readonly TurnShare[]): number[] {
  return shares.map((share) => {
    let pieces = 1;
    while (share.take(64 * 1024)) {
      pieces += 1;
    }
    return pieces;
  });
}

t.test("transfers share a turn, each with a least share, and go on in the next one", async (t) => {
  for (const [number, pieces] of [
    [1, 16],
    [2, 8],
    [4, 4],
    [8, 2],
    [16, 2],
    [40, 2],
  ] as const) {
    let turns = 0;
    const shares = Array.from({ length: number }, () => new TurnShare(() => turns++));
    t.strictSame(piecesOf(shares), Array(number).fill(pieces), `${number} transfers`);
    t.ok(shares.every((share) => share.isSpent));
    t.equal(turns, 0);
    await nextTurn();
    t.equal(turns, number);
    t.strictSame(piecesOf(shares), Array(number).fill(pieces), "and in the next turn as much");
    for (const share of shares) {
      share.close();
      share.close();
    }
    await nextTurn();
    t.equal(turns, number, "who has left is not told");
  }
});

t.test("a share that is not used up is not saved up either", async (t) => {
  const share = new TurnShare(() => t.fail("it never had to stop"));
  for (let turn = 0; turn < 3; turn += 1) {
    t.ok(share.take(0.75 * mebibyte));
    await nextTurn();
  }
  share.close();
});
