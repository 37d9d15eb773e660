/** What each command does. */
import type { WindowInput } from '../calling/inputs.js';
import type { CallingDesk } from '../hall/calling-desk.js';
import { HallwardError } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import type { Outbox, StoredEvent } from '../store/types.js';
import type { CommandHandlers, CommandOutcome } from './command-desk.js';
import type { FaultBook } from './fault-book.js';

export interface CommandHandlerOptions {
  /** The calling, where this controller leads it. */
  readonly desk: () => CallingDesk | undefined;
  readonly faults: FaultBook;
  readonly outbox: Outbox;
  /** Sends a kept event again, as it was; resolves when the hub has it. */
  readonly send: (event: StoredEvent) => Promise<void>;
}

/** A resend of more events than this is asked for in parts. */
const mostResent = 10_000;
const sentAtOnce = 32;

export function commandHandlers(options: CommandHandlerOptions): CommandHandlers {
  const { desk, faults, outbox, send } = options;

  const call = (
    input: Parameters<CallingDesk['decide']>[0],
    resultOf: (decision: ReturnType<CallingDesk['decide']>['decision']) => Json,
  ): CommandOutcome => {
    const leading = desk();
    if (leading === undefined) {
      const message = 'This controller does not lead the calling.';
      return { ok: false, code: 'calling.not-here', message };
    }
    const { decision, change, afterSync } = leading.decide(input);
    if (decision.refusal !== undefined) {
      const { code, message } = decision.refusal;
      return { ok: false, code, message: message.en, change, afterSync };
    }
    return { ok: true, change, afterSync, result: resultOf(decision) };
  };

  const atWindow = (input: WindowInput) =>
    call(input, (decision) => ({
      ticket: decision.called?.ticket ?? null,
      number: decision.called?.number ?? null,
    }));

  return {
    'ticket.issue': ({ queue, priority }) =>
      call({ type: 'ticket.issue', queue, priority }, ({ issued }) => ({ ...issued, waitMinutes: null })),
    'ticket.cancel': ({ ticket }) => call({ type: 'ticket.cancel', ticket }, () => ({ ticket })),
    'window.call': ({ window, ticket }) =>
      atWindow({ type: 'call', window, ...(ticket === undefined ? {} : { ticket }) }),
    'window.recall': ({ window }) => atWindow({ type: 'recall', window }),
    'window.skip': ({ window }) => atWindow({ type: 'skip', window }),
    'window.done': ({ window, matter }) =>
      atWindow({ type: 'done', window, ...(matter === undefined ? {} : { matter }) }),
    'window.pause': ({ window }) => atWindow({ type: 'pause', window }),
    'window.resume': ({ window }) => atWindow({ type: 'resume', window }),
    'window.open': ({ window }) => atWindow({ type: 'open', window }),
    'window.close': ({ window }) => atWindow({ type: 'close', window }),
    'window.login': ({ window, staff }) => atWindow({ type: 'login', window, staff }),
    'window.logout': ({ window }) => atWindow({ type: 'logout', window }),
    'fault.acknowledge': ({ device, code, by, note }) => {
      const acknowledged = faults.acknowledge(device, code, by, note);
      if (acknowledged === undefined) {
        const message = `The fault ${code} does not stand for ${device}.`;
        return { ok: false, code: 'fault.not-standing', message };
      }
      return { ok: true, change: acknowledged.change, afterSync: acknowledged.publish };
    },
    'events.resend': async ({ store, from, to }) => {
      if (to < from || to - from >= mostResent) {
        const message = `from and to: at most ${mostResent} events at once, in order.`;
        return { ok: false, code: 'arguments.invalid', message };
      }
      try {
        let events = 0;
        const underWay: Promise<void>[] = [];
        for await (const event of outbox.kept(store, from, to)) {
          const sent = send(event);
          // Looked at below; until then a failure must not count as one that nobody handles.
          sent.catch(() => {});
          underWay.push(sent);
          events++;
          if (underWay.length >= sentAtOnce) await underWay.shift();
        }
        await Promise.all(underWay);
        return { ok: true, result: { events } };
      } catch (error) {
        if (!(error instanceof HallwardError)) throw error;
        return { ok: false, code: error.code, message: error.message };
      }
    },
  };
}
