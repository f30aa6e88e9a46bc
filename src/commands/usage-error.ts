/** The command line is wrong: one line for the user, and exit code 2. */
export class UsageError extends Error {}
