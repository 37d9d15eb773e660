/** What each command does. */
import type { WindowInput } from '../calling/inputs.js';
import type { CallingDesk, Decided } from '../hall/calling-desk.js';
import { HallwardError } from '../kernel/errors.js';
import type { Json } from '../kernel/json.js';
import type { FaultState } from '../protocols/hub/payloads.js';
import type { Outbox, StoredEvent } from '../store/types.js';
import type { CaptureDesk } from './capture-desk.js';
import type { CommandHandlers, CommandOutcome } from './command-desk.js';
import { configCommands } from './config-commands.js';
import type { DeviceDesk } from './device-desk.js';
import type { FaultBook, Handled } from './fault-book.js';
import { type MaintenanceDesk, maintenanceCommands } from './maintenance-desk.js';
import { type OutsideCommandOptions, outsideCommands } from './outside-commands.js';
import { refused } from './refused.js';

interface CommandHandlerOptions {
  /** The calling, where this controller leads it. */
  readonly desk: () => CallingDesk | undefined;
  readonly faults: FaultBook;
  readonly maintenance: MaintenanceDesk;
  readonly devices: Pick<DeviceDesk, 'commands'>;
  readonly captures: Pick<CaptureDesk, 'commands'>;
  readonly outbox: Outbox;
  readonly outside: OutsideCommandOptions;
  /** Who leads the hall: this controller, or another one. */
  readonly leadership: {
    adopt(by: string, force: boolean): CommandOutcome;
    endManual(by: string | null): CommandOutcome;
  };
  readonly config: Parameters<typeof configCommands>[0];
  /** Sends a kept event again, as it was; resolves when the hub has it. */
  readonly send: (event: StoredEvent) => Promise<void>;
}

/** A resend of more events than this is asked for in parts. */
const mostResent = 10_000;
const sentAtOnce = 32;

const notLeading = refused('calling.not-here', 'This controller does not lead the calling.');

/** What a decision of the calling means for whoever asked for it. */
function outcomeOf(
  { decision, change, afterSync }: Decided,
  resultOf: (decision: Decided['decision']) => Json,
): CommandOutcome {
  if (decision.refusal !== undefined) {
    const { code, message } = decision.refusal;
    return { ok: false, code, message: message.en, change, afterSync };
  }
  return { ok: true, change, afterSync, result: resultOf(decision) };
}

/** What a person has done about a fault, or why it could not be done. */
function handled(
  device: string,
  code: string,
  part: string | undefined,
  outcome: Handled,
  resultOf?: (state: FaultState) => Json,
): CommandOutcome {
  if ('refused' in outcome) {
    const message =
      outcome.refused === 'fault.not-standing'
        ? `The fault ${code} does not stand for ${device}.`
        : `The fault ${code} of ${device} has no part "${part ?? ''}".`;
    return refused(outcome.refused, message);
  }
  const { change, publish, state } = outcome;
  return {
    ...{ ok: true, change, afterSync: publish },
    ...(resultOf === undefined ? {} : { result: resultOf(state) }),
  };
}

export function commandHandlers(options: CommandHandlerOptions): CommandHandlers {
  const { desk, faults, outbox, send, leadership } = options;

  const call = (
    input: Parameters<CallingDesk['decide']>[0],
    resultOf: (decision: ReturnType<CallingDesk['decide']>['decision']) => Json,
  ): CommandOutcome => {
    const leading = desk();
    return leading === undefined ? notLeading : outcomeOf(leading.decide(input), resultOf);
  };

  const atWindow = (input: WindowInput) =>
    call(input, ({ calls, held }) => {
      const call = calls.find(({ window }) => window === input.window);
      const answer = { ticket: call?.ticket ?? null, number: call?.number ?? null };
      return held === true ? { ...answer, held } : answer;
    });

  return {
    ...outsideCommands(options.outside),
    ...maintenanceCommands(options.maintenance),
    ...options.devices.commands,
    ...options.captures.commands,
    ...configCommands(options.config),
    'ticket.issue': ({ queue, priority, onward, at }) => {
      const leading = desk();
      if (leading === undefined) return notLeading;
      const decided = leading.issue({ type: 'ticket.issue', queue, priority, onward }, at ?? null);
      const { printer, print } = decided;
      return outcomeOf(decided, ({ issued }) => ({ ...issued, printer, print }));
    },
    'ticket.reprint': ({ ticket, at }) => {
      const leading = desk();
      if (leading === undefined) return notLeading;
      const decided = leading.reprint(ticket, at ?? null);
      return outcomeOf(decided, () => ({ ticket, printer: decided.printer, print: 'unconfirmed' }));
    },
    'ticket.cancel': ({ ticket }) => call({ type: 'ticket.cancel', ticket }, () => ({ ticket })),
    'ticket.return': ({ ticket }) => call({ type: 'ticket.return', ticket }, () => ({ ticket })),
    'ticket.prioritise': ({ ticket }) => call({ type: 'ticket.prioritise', ticket }, () => ({ ticket })),
    'ticket.transfer': ({ ticket, queue }) =>
      call({ type: 'ticket.transfer', ticket, queue }, () => ({ ticket, queue })),
    'day.begin': ({ date }) => call({ type: 'day.begin', date }, () => ({ day: date })),
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
    'window.serve': ({ window, queues }) => atWindow({ type: 'serve', window, queues }),
    'calling.adopt': ({ by, force }) => leadership.adopt(by, force),
    'manual.end': ({ by }) => leadership.endManual(by ?? null),
    'fault.shelve': ({ device, code, part, by, minutes, reason }) => {
      const shelf = { by, reason, milliseconds: minutes * 60_000, ...(part === undefined ? {} : { part }) };
      return handled(device, code, part, faults.shelve(device, code, shelf), ({ shelved }) => ({
        until: shelved?.until ?? null,
      }));
    },
    'fault.acknowledge': ({ device, code, part, by, note }) =>
      handled(device, code, part, faults.acknowledge(device, code, by, note, part)),
    'events.resend': async ({ store, from, to }) => {
      if (to < from || to - from >= mostResent) {
        return refused('arguments.invalid', `from and to: at most ${mostResent} events at once, in order.`);
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
        return refused(error.code, error.message);
      }
    },
  };
}
