/**
 * Hall button (大厅按键与干接点): a button or contact in the hall that is nobody's window: one large button that gives a
 * ticket, one that gives a priority ticket, one that asks for help, one that blanks the boards; the dry contact of the
 * fire alarm (消防干接点).
 *
 * A fire panel's output module offers a contact without voltage, normally open or normally closed. A plain GPIO line
 * can't supervise a loop as a fire panel does with a resistor at its end, so a cut wire is noticed only where the
 * contact is normally closed: then it counts as the alarm, for a hall that stops calling for nothing loses minutes.
 */
import * as v from 'valibot';
import type { Timer } from '../kernel/clock.js';
import { Listeners } from '../kernel/listeners.js';
import type { HallInput } from './capabilities.js';
import { ContactInput } from './contact-input.js';
import { biases, gpioLine, guardedLevels, LineTroubles, lineClaim } from './gpio-lines.js';
import { busOf, type DeviceConfig, type DeviceKind, lineBuses } from './kind.js';
import { milliseconds } from './options.js';

const deeds = ['ticket', 'priority-ticket', 'help', 'blank', 'fire'] as const;
const tickets: readonly string[] = ['ticket', 'priority-ticket'];

const optionsSchema = v.object({
  line: v.union([v.number(), v.string()]),
  activeLow: v.boolean(),
  normallyClosed: v.boolean(),
  bias: v.optional(v.picklist(biases)),
  does: v.picklist(deeds),
  queue: v.optional(v.string()),
  debounceMilliseconds: v.number(),
});

export const hallButton: DeviceKind = {
  kind: 'hall-button',
  title: { 'zh-CN': '大厅按键', en: 'Hall button' },
  about: {
    'zh-CN': '大厅里的按键或干接点：取号、优先取号、求助、熄屏、消防报警',
    en: 'A button or contact in the hall: tickets, priority tickets, help, blank boards, the fire alarm',
  },
  options: {
    does: v.pipe(
      v.picklist(deeds),
      v.description(
        'ticket, priority-ticket, help and blank are pressed; fire holds for as long as the contact says so',
      ),
    ),
    queue: v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[a-z0-9-]{1,40}$/, 'the name of a queue'),
        v.description('Of which queue it gives tickets; needed for them, and for nothing else'),
      ),
    ),
  },
  protocols: {
    'gpio-contact': {
      about: {
        'zh-CN': '一个 GPIO 输入引脚上的按键或无源触点',
        en: 'A button or a contact without voltage on one GPIO line',
      },
      buses: lineBuses,
      proofOfLife: 'none',
      options: {
        line: v.pipe(gpioLine, v.description('Line that it hangs on, by number on the chip or by name')),
        activeLow: v.optional(
          v.pipe(v.boolean(), v.description('True where the closed contact joins its line to ground')),
          false,
        ),
        normallyClosed: v.optional(
          v.pipe(
            v.boolean(),
            v.description('fire: true where the contact opens for an alarm; a cut wire then counts as one'),
          ),
          false,
        ),
        bias: v.optional(
          v.pipe(
            v.picklist(biases),
            v.description(
              'What pulls the line while the contact is open; if absent pull-up with activeLow, else pull-down. sysfs has none',
            ),
          ),
        ),
        debounceMilliseconds: milliseconds(
          'A second press within this time is the same press; a fire alarm counts once it has lasted this long.',
          300,
          0,
          5000,
        ),
      },
      claims: (config) => lineClaim(['line'], config.line),
      problems: optionProblems,
    },
  },
  readings: {
    active: {
      about: { 'zh-CN': '按下，或正在报警', en: 'Pressed, or the alarm stands' },
    },
  },
  faults: [],
  create(config, context) {
    const options = v.parse(optionsSchema, config);
    const { does, line, activeLow, normallyClosed, debounceMilliseconds } = options;
    const { clock, reports, name } = context;
    const isAlarm = does === 'fire';
    const listeners = new Listeners<[boolean, number]>();
    const said = new LineTroubles(context).of('line');
    let told = false;
    /** The level as the line has it now. */
    let level: boolean | undefined;
    let settling: Timer | undefined;
    let stopWatching = () => {};

    const tell = (active: boolean, at: number): void => {
      if (told === active) return;
      told = active;
      listeners.tell(active, at);
    };
    const press = new ContactInput(clock, {
      debounceMilliseconds,
      pressed: (_key, at) => tell(true, at),
      stuck(key, held) {
        // What blanks the boards may well be a switch that stays where it is put.
        if (does === 'blank') return;
        reports.raise('device.stuck-input', { key, heldMilliseconds: Math.round(held) });
      },
      released: () => reports.clear('device.stuck-input'),
    });
    /** A level that has lasted: what an alarm says, and the end of a press. */
    const settled = (active: boolean, since: number): void => {
      reports.readings({ active });
      if (isAlarm || !active) tell(active, since);
    };
    const heard = (closed: boolean, at: number): void => {
      const active = closed !== normallyClosed;
      if (!isAlarm) press.level(does, active, at);
      if (active === level) return;
      level = active;
      settling?.cancel();
      settling = clock.after(`${name} settles`, debounceMilliseconds, () => {
        try {
          settled(active, at);
        } catch (error) {
          reports.crashed(error);
        }
      });
    };
    const hallInput: HallInput = {
      does: does === 'priority-ticket' ? 'ticket' : does,
      queue: options.queue ?? null,
      priority: does === 'priority-ticket',
      place: config.place ?? null,
      onChange: (listener) => listeners.add(listener),
    };
    return {
      capabilities: { hallInput },
      start() {
        const bias = options.bias ?? (activeLow ? 'pull-up' : 'pull-down');
        stopWatching = busOf(context, 'gpio').watch(
          { lines: [line], activeLow, bias },
          {
            level: guardedLevels(context, (_line, closed, at) => heard(closed, at)),
            ready: said.ready,
            lost(error) {
              press.forget();
              settling?.cancel();
              level = undefined;
              reports.readings({ active: null });
              // Nobody presses a line that is not there; an alarm stands until its contact says otherwise.
              if (!isAlarm) tell(false, clock.monotonicMilliseconds());
              said.lost(error);
            },
          },
        );
      },
      async stop() {
        stopWatching();
        press.stop();
        settling?.cancel();
      },
    };
  },
};

function optionProblems(config: DeviceConfig): { path: string[]; message: string }[] {
  const { does, queue, normallyClosed } = v.parse(optionsSchema, config);
  const problems: { path: string[]; message: string }[] = [];
  const gives = tickets.includes(does);
  if (gives && queue === undefined) {
    problems.push({
      path: ['queue'],
      message: `missing: expected the queue that "${does}" gives tickets of`,
    });
  }
  if (!gives && queue !== undefined) {
    problems.push({ path: ['queue'], message: `"${does}" gives no ticket: leave the queue out` });
  }
  if (normallyClosed && does !== 'fire') {
    problems.push({ path: ['normallyClosed'], message: `only fire may be normally closed, not "${does}"` });
  }
  return problems;
}
