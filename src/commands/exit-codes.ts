import { Code, ConnectError } from "@connectrpc/connect";

/** Their help. */
export const exitCodesHelp = `
Exit codes:
  0    done
  1    failed
  2    wrong arguments
  3    the bytes are not those that were announced, or that the cloud has
  4    there is no such thing
  5    the Oaktree or the cloud cannot be reached; try again
  130  interrupted
`;

/** A command that failed, with its exit code. */
export class CommandError extends Error {
  /** The exit code. */
  readonly exitCode: number;

  /** Makes an error for people. */
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The error of a command for that of a call. */
export function commandError(error: unknown, isInterrupted: boolean): unknown {
  if (isInterrupted) {
    return new CommandError("interrupted", 130);
  }
  if (!(error instanceof ConnectError)) {
    return error;
  }
  const codes = new Map([
    [Code.DataLoss, 3],
    [Code.NotFound, 4],
    [Code.Unavailable, 5],
  ]);
  return new CommandError(error.rawMessage, codes.get(error.code) ?? 1);
}

/** Runs a command so that Ctrl-C aborts it in good order. */
export async function interruptible(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController();
  const stop = () => interrupted.abort();
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  try {
    await run(interrupted.signal);
  } catch (error) {
    throw commandError(error, interrupted.signal.aborted);
  } finally {
    // A call that was left midway, as when the disk is full, would keep the process.
    interrupted.abort();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}
