/** What pages may ask of the hall. */
import type { CallingDesk } from './calling-desk.js';
import type { HallPorts } from './ports.js';
import type { PrintDesk } from './print-desk.js';
import type { Answer, HallActions } from './screen.js';

export interface ActionSources {
  readonly ports: HallPorts;
  /** The calling, where this controller leads it. */
  readonly desk: () => CallingDesk | undefined;
  /** Where ratings are taken, whoever leads. */
  readonly ratings: () => CallingDesk | undefined;
  readonly prints: PrintDesk;
  /** What people call a device, and where it stands. */
  readonly labelOf: (device: string) => string;
  /** A rating was taken that cannot be tied, or one that can. */
  readonly rated: (device: string, window: string, unmapped: boolean) => void;
}

const notLeading: Answer<never> = {
  ok: false,
  code: 'calling.not-here',
  message: { 'zh-CN': '本机不负责取号', en: 'This controller gives out no tickets' },
};

export function hallActions({ ports, desk, ratings, prints, labelOf, rated }: ActionSources): HallActions {
  return {
    async issue({ queue, priority, onward, at }) {
      const leading = desk();
      if (leading === undefined) return notLeading;
      const decided = leading.issue({ type: 'ticket.issue', queue, priority, onward }, at);
      await ports.commit(decided.change).synced;
      decided.afterSync();
      const { issued, refusal } = decided.decision;
      if (issued === undefined) {
        return refusal === undefined
          ? notLeading
          : { ok: false, code: refusal.code, message: refusal.message };
      }
      const { printer } = decided;
      const near = printer !== null && prints.isNear(printer, at);
      return {
        ok: true,
        ...issued,
        paper: printer === null ? 'none' : near ? 'near' : 'other',
        printerLabel: printer === null ? null : labelOf(printer),
        publicUrl: addressOf(leading.settings.publicUrl, issued),
      };
    },

    async rate({ device, window, session, level, reasons }) {
      const leading = ratings();
      if (leading === undefined) return notLeading;
      const known = leading.settings.rating.reasons.map(({ code }) => code);
      const strange = reasons.find((code) => !known.includes(code));
      if (strange !== undefined) {
        const message = { 'zh-CN': '没有这个评价原因', en: 'There is no such reason' };
        return { ok: false, code: 'rating.reason-unknown', message };
      }
      const { decision, change, afterSync } = leading.decide({
        type: 'rate',
        device,
        window,
        session,
        level,
        reasons,
        channel: 'page',
      });
      await ports.commit(change).synced;
      afterSync();
      if (decision.refusal !== undefined) {
        return { ok: false, code: decision.refusal.code, message: decision.refusal.message };
      }
      rated(device, window, decision.unmapped === true);
      return { ok: true };
    },
  };
}

/** The address of one ticket; `null` where none is configured. */
export function addressOf(
  template: string | undefined,
  { ticket, number }: { readonly ticket: string; readonly number: string },
): string | null {
  if (template === undefined) return null;
  const values: Readonly<Record<string, string>> = { ticket, number };
  return template.replace(/\{(ticket|number)\}/g, (_, name: string) =>
    encodeURIComponent(values[name] ?? ''),
  );
}
