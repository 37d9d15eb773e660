/**
 * Errors are data. What a caller can do about an error stands in `kind`:
 * - `usage`: the caller asked for something impossible; asking again will not help.
 * - `absent`: the thing is not there (now); wait for it.
 * - `timeout`: no answer in time; may be tried again.
 * - `garbled`: an answer that is not valid; may be tried again.
 * - `refused`: the other side said no; its word is in the evidence.
 * - `busy`: somebody else has it.
 * - `cancelled`: given up on purpose. Cancelled is not failed.
 * - `internal`: our own mistake.
 */
export type ErrorKind =
  | 'usage'
  | 'absent'
  | 'timeout'
  | 'garbled'
  | 'refused'
  | 'busy'
  | 'cancelled'
  | 'internal';

export type Evidence = Readonly<Record<string, string | number | boolean | null>>;

/** An error with a stable code (`modbus.exception`), what can be done about it, and what was seen. */
export class HallwardError extends Error {
  override readonly name = 'HallwardError';

  constructor(
    readonly code: string,
    readonly kind: ErrorKind,
    message: string,
    readonly evidence: Evidence = {},
  ) {
    super(message);
  }
}

/** Any thrown value as a `HallwardError`; a foreign one keeps its message and system code as evidence. */
export function asHallwardError(thrown: unknown, code: string, kind: ErrorKind = 'internal'): HallwardError {
  if (thrown instanceof HallwardError) return thrown;
  if (thrown instanceof Error) {
    const system = (thrown as NodeJS.ErrnoException).code;
    return new HallwardError(code, kind, thrown.message, system === undefined ? {} : { system });
  }
  return new HallwardError(code, kind, String(thrown));
}

/** The system's error code (`ENOENT`) of a thrown value, if it carries one. */
export function systemCode(thrown: unknown): string | undefined {
  const code = (thrown as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
