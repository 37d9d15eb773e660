import { queueSettings } from '../calling/settings.js';
import type { CallingState } from '../calling/state.js';
import type { WantedPrint } from './print-desk.js';
import type { HallSettings } from './settings.js';

/** What whoever asks for the paper knows of it. */
export type AskedPaper = Pick<WantedPrint, 'ahead' | 'waitMinutes' | 'at' | 'copy'>;

/** What is to stand on a ticket's paper, as the state has the ticket now; `undefined` for one that is not there. */
export function wantedPaper(
  calling: CallingState,
  { calling: settings, publicUrl }: HallSettings,
  ticket: string,
  asked: AskedPaper,
): Omit<WantedPrint, 'since'> | undefined {
  const record = calling.tickets.get(ticket);
  if (record === undefined) return undefined;
  const { number, queue, priority, issuedAt } = record;
  const trusted = issuedAt.quality !== 'untrusted';
  const dates = calling.dates(settings.timezone);
  const { matter, label } = queueSettings(settings, queue) ?? {};
  const matterLabel = matter === undefined ? undefined : settings.matters[matter]?.label;
  return {
    ...asked,
    number,
    priority,
    matter: matterLabel ?? matter ?? label ?? null,
    issuedAt: (trusted ? dates.minuteAt(issuedAt.wallMilliseconds) : undefined) ?? null,
    ...(publicUrl === undefined ? {} : { qr: publicUrl }),
  };
}
