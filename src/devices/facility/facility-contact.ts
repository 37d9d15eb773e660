/**
 * A facility with a contact: a float switch, a relay's free contact, a help cord, a full bin's light barrier. What wavers all
 * the time (a loose wire) is a bad reading; what stood before goes on standing then.
 */
import * as v from 'valibot';
import type { Timer } from '../../kernel/clock.js';
import { biases, gpioLine, guardedLevels, LineTroubles } from '../gpio-lines.js';
import {
  busOf,
  type Device,
  type DeviceConfig,
  type DeviceContext,
  type ProtocolDeclaration,
} from '../kind.js';
import { milliseconds } from '../options.js';
import { lineProtocol } from '../parts/contact-part.js';
import { type FacilityFault, FacilityFaults } from './facility-faults.js';
import { wordsOf } from './facility-options.js';
import { PatientAlarm } from './patient-alarm.js';

const longestDebounce = 600_000;

export const facilityContact: ProtocolDeclaration = lineProtocol(
  {
    'zh-CN': '一个输入引脚上的触点：浮球、继电器触点、求助拉绳、光电开关',
    en: 'A contact on one line: a float switch, a relay, a help cord, a light barrier',
  },
  'Line that it hangs on, by number or by name',
  {
    alarmWhen: v.optional(
      v.pipe(
        v.picklist(['active', 'inactive']),
        v.description('inactive: the alarm is the open contact; a cut wire then counts as one'),
      ),
      'active',
    ),
    afterMilliseconds: milliseconds(
      'It must last this long, and be over for this long; 100 for a cord that is pulled shortly.',
      2000,
      0,
      longestDebounce,
    ),
    holdMinutes: v.optional(
      v.pipe(
        v.number(),
        v.minValue(0),
        v.maxValue(1440),
        v.description('Once the contact is back the alarm stands this long besides. Minutes, 0 to 1440.'),
      ),
      0,
    ),
    weight: v.optional(
      v.pipe(
        v.picklist(['failure', 'maintenance']),
        v.description('failure: facility.alarm; maintenance: facility.attention, somebody should see to it'),
      ),
      'failure',
    ),
  },
);

const optionsSchema = v.object({
  line: gpioLine,
  activeLow: v.boolean(),
  bias: v.optional(v.picklist(biases)),
  alarmWhen: v.picklist(['active', 'inactive']),
  afterMilliseconds: v.number(),
  holdMinutes: v.number(),
  weight: v.picklist(['failure', 'maintenance']),
});

/** A level that lasts so long is told as a reading. */
const settlesWithin = 250;
/** A contact that never keeps still for so long, and some settling times, is broken. */
const restlessMilliseconds = 60_000;
const restlessSettlings = 5;

export function createFacilityContact(config: DeviceConfig, context: DeviceContext): Device {
  const options = v.parse(optionsSchema, config);
  const { line, activeLow, bias, alarmWhen, afterMilliseconds, holdMinutes, weight } = options;
  const { clock, reports, name } = context;
  const code: FacilityFault = weight === 'failure' ? 'facility.alarm' : 'facility.attention';
  const faults = new FacilityFaults(new Map([[code, {}]]), wordsOf(config), context);
  const alarm = new PatientAlarm(name, clock, {
    afterMilliseconds,
    holdMilliseconds: holdMinutes * 60_000,
    stood: faults.stands(code),
    changed: (stands) => faults.set(code, stands),
    crashed: (error) => reports.crashed(error),
  });
  const troubles = new LineTroubles(context).of('contact');
  const judge = (active: boolean): void => alarm.is(active === (alarmWhen === 'active'));
  const contact = new SteadyContact(Math.max(afterMilliseconds, settlesWithin), context, {
    steady(active) {
      reports.clear('device.bad-reading');
      reports.readings({ active });
      judge(active);
    },
    restless(minutes) {
      alarm.unknown();
      reports.readings({ active: null });
      const reason = `its contact has wavered for ${minutes} minutes: a loose wire or plug?`;
      reports.raise(
        'device.bad-reading',
        { reason, minutes, code: 'facility.restless' },
        undefined,
        restlessWords,
      );
    },
  });
  let stopWatching = () => {};
  return {
    capabilities: {},
    start() {
      faults.start();
      stopWatching = busOf(context, 'gpio').watch(
        { lines: [line], activeLow, bias: bias ?? (activeLow ? 'pull-up' : 'pull-down') },
        {
          level: guardedLevels(context, (_line, active) => {
            contact.level(active);
            if (!contact.isRestless) judge(active);
          }),
          ready: troubles.ready,
          lost(error) {
            contact.forget();
            alarm.unknown();
            reports.readings({ active: null });
            troubles.lost(error);
          },
        },
      );
    },
    async stop() {
      stopWatching();
      contact.forget();
      alarm.unknown();
    },
  };
}

const restlessWords = {
  text: {
    'zh-CN': '{device} 的触点不停跳动（{minutes} 分钟），状态未知',
    en: '{device}: its contact has wavered for {minutes} minutes, its state is not known',
  },
  action: {
    'zh-CN': '检查接线和插头是否松动，必要时更换触点',
    en: 'Check its wire and plug for a loose one; replace the contact if needed',
  },
};

/** Tells a contact's level once it has lasted, and finds one that never does. */
class SteadyContact {
  isRestless = false;
  #level: boolean | undefined;
  #since: number | undefined;
  #timer: Timer | undefined;

  constructor(
    private readonly settlingMilliseconds: number,
    private readonly context: DeviceContext,
    private readonly events: { steady(active: boolean): void; restless(minutes: number): void },
  ) {}

  level(active: boolean): void {
    if (active === this.#level) return;
    const { clock, name, reports } = this.context;
    const now = clock.monotonicMilliseconds();
    this.#level = active;
    this.#since ??= now;
    this.#timer?.cancel();
    this.#timer = clock.after(`${name} settles`, this.settlingMilliseconds, () => {
      try {
        this.#settled(active);
      } catch (error) {
        reports.crashed(error);
      }
    });
    const restless = now - this.#since;
    const limit = restlessMilliseconds + restlessSettlings * this.settlingMilliseconds;
    if (this.isRestless || restless < limit) return;
    this.isRestless = true;
    this.events.restless(Math.round(restless / 60_000));
  }

  /** Nothing is known of it; no timer is left. */
  forget(): void {
    this.#timer?.cancel();
    this.#level = undefined;
    this.#since = undefined;
    this.isRestless = false;
  }

  #settled(active: boolean): void {
    this.#since = undefined;
    this.isRestless = false;
    this.events.steady(active);
  }
}
