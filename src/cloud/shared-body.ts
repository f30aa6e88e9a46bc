import type { PassingBytes } from "./passing-bytes.ts";
import { TurnShare } from "./turn-share.ts";

/**
 * The bytes of a body, no more in one turn of the event loop than the transfer's
 * share. What is not asked for stays in the socket, since undici stops reading
 * where a body's few KiB are full.
 */
export async function* inShares(body: AsyncIterable<PassingBytes>): AsyncGenerator<PassingBytes> {
  let goOn: (() => void) | undefined;
  const share = new TurnShare(() => goOn?.());
  try {
    for await (const bytes of body) {
      yield bytes;
      if (!share.take(bytes.length)) {
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      }
    }
  } finally {
    share.close();
  }
}
