import type { Socket } from "node:net";

type WriteDone = (error?: Error | null) => void;

/** How long a broken connection is still read from, in milliseconds. */
const readMs = 1000;

/**
 * Lets a socket be read after it cannot be written any more.
 *
 * A service that refuses an upload before it has read it answers and closes; the
 * answer and the reset arrive together. Node destroys a socket whose write failed, and
 * so throws away the answer that waits to be read. Here the failed write just does not
 * end: the reading side gets the answer, then the reset, and that destroys the socket.
 */
export function hearLastWords(socket: Socket): void {
  const patient = (done: WriteDone): WriteDone => {
    return (error) => {
      if (isPeerGone(error)) {
        const timer = setTimeout(done, readMs, error);
        socket.once("close", () => clearTimeout(timer));
      } else {
        done(error);
      }
    };
  };
  const write = socket._write.bind(socket);
  socket._write = (chunk, encoding, done) => write(chunk, encoding, patient(done));
  const writev = socket._writev?.bind(socket);
  if (writev !== undefined) {
    socket._writev = (chunks, done) => writev(chunks, patient(done));
  }
}

function isPeerGone(error: Error | null | undefined): boolean {
  return error instanceof Error && "code" in error && (error.code === "EPIPE" || error.code === "ECONNRESET");
}
