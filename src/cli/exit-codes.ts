/** Exit status of `hallward` (docs/contract.md, section 1; the numbers are those of sysexits.h). */
export const exitCodes = {
  done: 0,
  /** The command or the board said no, or what was looked at is not as it should be. */
  no: 1,
  usage: 64,
  unavailable: 69,
  storageInUse: 75,
  invalidConfiguration: 78,
} as const;

/** Ends a command with one clear line on stderr and an exit status; never a stack trace for a user's mistake. */
export class CommandFailed extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}
