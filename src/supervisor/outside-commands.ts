/** Commands of whoever leads the hall from outside, and words for people. */
import type { PrintResult } from '../devices/capabilities.js';
import type { Hall } from '../hall/hall.js';
import { isFreeText, standardTextMilliseconds } from '../hall/outside.js';
import type { Clock } from '../kernel/clock.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { Committed } from '../store/types.js';
import type { CommandEnvelope, CommandHandlers, CommandOutcome } from './command-desk.js';
import { refused } from './refused.js';
import type { CheckWarrant } from './text-warrant.js';

export interface OutsideCommandOptions {
  readonly hall: Hall;
  readonly clock: Clock;
  readonly warrant: CheckWarrant;
  /** This controller is a hand whose leader was away, and calls numbers of its own. */
  readonly isManual: () => boolean;
  readonly commit: (change: { readonly events: readonly NewEvent[] }) => Committed;
}

type OutsideCommand =
  | 'rating.invite'
  | 'board.show'
  | 'say'
  | 'ticket.print'
  | 'notice.set'
  | 'notice.clear'
  | 'hall.blank';

const minute = 60_000;

function printed(device: string, outcome: PrintResult | undefined): CommandOutcome {
  if (outcome === undefined) return refused('device.unknown', `There is no printer ${device}.`);
  const { result, reason, begun } = outcome;
  if (result !== 'failed') return { ok: true, result: { printed: result } };
  // Whoever asked may then print it elsewhere under the same number.
  const code = begun === false ? 'printer.not-begun' : (reason ?? 'printer.failed');
  return refused(code, `The printer ${device} did not print it${reason === undefined ? '' : `: ${reason}`}.`);
}

export function outsideCommands({
  hall,
  clock,
  warrant,
  isManual,
  commit,
}: OutsideCommandOptions): Pick<CommandHandlers, OutsideCommand> {
  const untilText = (milliseconds: number) =>
    clock.quality() === 'untrusted' ? null : new Date(clock.wallMilliseconds() + milliseconds).toISOString();
  /** Nothing is shown or said before it is recorded who wanted it. */
  const record = (
    { name }: CommandEnvelope,
    device: string | null,
    text: string,
    by: string | undefined,
    milliseconds: number | null,
  ) => {
    const until = milliseconds === null ? null : untilText(milliseconds);
    return commit({ events: [hall.outside.textEvent(name, device, text, by ?? null, until)] }).synced;
  };

  /** A hand that calls its own numbers takes no orders. */
  const busyHand = () =>
    isManual()
      ? refused('hand.manual', 'This hand calls its own numbers now; it follows again by itself.')
      : undefined;

  return {
    'rating.invite': ({ window, unit, staff, matter, ticket, caseRef, forward, end }) => {
      if (forward || end) {
        const busy = busyHand();
        if (busy !== undefined) return busy;
        hall.outside.invite(window, !end);
        return { ok: true };
      }
      const desk = hall.ratings;
      if (desk === undefined) return refused('calling.not-ready', 'The controller is still starting.');
      const { decision, change, afterSync } = desk.decide({
        type: 'invite',
        window,
        unit,
        staff,
        matter,
        ticket,
        caseRef,
      });
      if (decision.refusal !== undefined) {
        return { ...refused(decision.refusal.code, decision.refusal.message.en), change, afterSync };
      }
      return { ok: true, change, afterSync };
    },

    'board.show': async ({ device, text, style, business, calls, minutes, by, passing }, envelope) => {
      const busy = passing ? busyHand() : undefined;
      if (busy !== undefined) return busy;
      const styles: readonly string[] = typeof style === 'string' ? [style] : style;
      const milliseconds = minutes === undefined ? standardTextMilliseconds : minutes * minute;
      if (isFreeText(text)) {
        const wrong = await warrant(envelope);
        if (wrong !== undefined) return refused(wrong.code, wrong.message);
        await record(envelope, device, text, by, milliseconds);
      }
      const look = {
        urgent: styles.includes('urgent'),
        priority: styles.includes('priority'),
        blink: styles.includes('blink'),
        paused: styles.includes('paused'),
        closed: styles.includes('closed'),
        business,
      };
      const { outside } = hall;
      const ordered = outside.order(
        device,
        calls === undefined ? { text, look, milliseconds } : { calls, blink: look.blink },
      );
      if (ordered === undefined) return refused('device.unknown', `There is no board ${device}.`);
      if (passing) outside.forget(device);
      const shown = await ordered.shown;
      const kept = passing ? {} : { change: ordered.change() };
      // It stands there all the same as soon as the board can.
      if (shown === 'failed') {
        return { ...refused('board.failed', `The board ${device} did not take it.`), ...kept };
      }
      return { ok: true, result: { shown }, ...kept };
    },

    say: async ({ device, text, call, by, passing }, envelope) => {
      const busy = passing ? busyHand() : undefined;
      if (busy !== undefined) return busy;
      const { outside } = hall;
      if (call !== undefined && device !== undefined) {
        const { insist, ...said } = call;
        const spoken = await outside.sayCall(
          { kind: 'call', ...said, ...(insist ? { insist } : {}) },
          device,
        );
        if (spoken === undefined) return refused('device.unknown', 'There is no such voice.');
        if (spoken.result === 'failed')
          return refused(spoken.reason ?? 'voice.failed', `The voice ${device} did not say it.`);
        return { ok: true, result: { said: spoken.result } };
      }
      if (call !== undefined)
        return refused('arguments.invalid', 'A call is said by one voice: name the device.');
      if (text === undefined) {
        outside.silence();
        return { ok: true };
      }
      const wrong = await warrant(envelope);
      if (wrong !== undefined) return refused(wrong.code, wrong.message);
      await record(envelope, device ?? null, text, by, null);
      if (!hall.outside.say(text, device)) return refused('device.unknown', 'There is no such voice.');
      return { ok: true };
    },

    'ticket.print': async ({ device, lines, qr, ticket, by }, envelope) => {
      if (ticket !== undefined) return printed(device, await hall.outside.print(device, ticket));
      const wrong = await warrant(envelope);
      if (wrong !== undefined) return refused(wrong.code, wrong.message);
      await record(envelope, device, lines.join('\n').slice(0, 200), by, null);
      const paper = { lines, ...(qr === undefined ? {} : { qr }) };
      return printed(device, await hall.outside.print(device, paper));
    },

    'notice.set': async ({ notice, text, minutes, by }, envelope) => {
      const wrong = await warrant(envelope);
      if (wrong !== undefined) return refused(wrong.code, wrong.message);
      const set = hall.notices.set(notice, { text, by: by ?? null, milliseconds: minutes * minute });
      return set === undefined
        ? refused('notice.too-many', 'Too many notices stand; clear one first.')
        : { ok: true, ...set };
    },

    'notice.clear': ({ notice, by }) => {
      const cleared = hall.notices.clear(notice, by ?? null);
      return cleared === undefined
        ? refused('notice.unknown', `There is no notice ${notice}.`)
        : { ok: true, ...cleared };
    },

    'hall.blank': ({ active, by }) => ({ ok: true, ...hall.cover.blank(active, by ?? null) }),
  };
}
