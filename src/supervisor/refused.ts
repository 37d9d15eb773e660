import type { CommandOutcome } from './command-desk.js';

/** A command that is not done. @param message for a person, in English */
export function refused(code: string, message: string): CommandOutcome {
  return { ok: false, code, message };
}
