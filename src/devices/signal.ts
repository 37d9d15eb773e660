/**
 * Signal (声光提示): a lamp, relay or buzzer on a GPIO line that says that faults stand which somebody nearby can mend,
 * such as an empty printer. Which faults, and whose, is configured; what it shows is not measured, so it has no reading.
 */
import * as v from 'valibot';
import type { Timer } from '../kernel/clock.js';
import type { GpioOutput } from '../transports/ports-gpio.js';
import type { Signals } from './capabilities.js';
import { gpioLine, LineTroubles, lineClaim } from './gpio-lines.js';
import { busOf, type DeviceKind, lineBuses } from './kind.js';

type State = Parameters<Signals['show']>[0];

/** A lamp that blinks: calm, and with the gpiod tools each change is a process of its own. */
const BLINK_MILLISECONDS = 1_000;
/** A buzzer sounds this long ... */
const SOUND_MILLISECONDS = 500;
/** ... and begins again after this. */
const ROUND_MILLISECONDS = 5_000;

const styles = ['lamp', 'steady', 'buzzer'] as const;

const optionsSchema = v.object({
  line: v.union([v.number(), v.string()]),
  activeLow: v.boolean(),
  faults: v.array(v.string()),
  devices: v.array(v.string()),
  style: v.picklist(styles),
  maximumSeconds: v.number(),
});

export const signal: DeviceKind = {
  kind: 'signal',
  title: { 'zh-CN': '声光提示', en: 'Signal' },
  about: {
    'zh-CN': '灯、继电器或蜂鸣器：有故障需要人处理时提示',
    en: 'A lamp, relay or buzzer that says that something needs a person',
  },
  options: {
    faults: v.optional(
      v.pipe(
        v.array(
          v.pipe(
            v.string(),
            v.regex(
              /^([a-z-]+\.[a-z-]+|[a-z-]+\.\*|\*)$/,
              'a fault code, such as printer.media-empty, or printer.*',
            ),
          ),
        ),
        v.minLength(1, 'at least one code'),
        v.description('Codes of the faults that it says; a last * stands for any: printer.*'),
      ),
      ['printer.media-low', 'printer.media-empty'],
    ),
    devices: v.optional(
      v.pipe(
        v.array(v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/, 'the name of a device or bus'))),
        v.description('Whose faults; those of all devices if empty'),
      ),
      [],
    ),
    style: v.optional(
      v.pipe(
        v.picklist(styles),
        v.description(
          'lamp: blinks for a new fault, steady once acknowledged; steady: on for both; buzzer: sounds for a new one',
        ),
      ),
      'lamp',
    ),
    maximumSeconds: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(3600),
        v.description('A buzzer is silent after this, also where nobody acknowledged. Seconds, 1 to 3600.'),
      ),
      60,
    ),
  },
  protocols: {
    'gpio-output': {
      about: { 'zh-CN': '一个 GPIO 输出引脚', en: 'One GPIO line, driven' },
      buses: lineBuses,
      proofOfLife: 'none',
      options: {
        line: v.pipe(gpioLine, v.description('Line that it hangs on, by number on the chip or by name')),
        activeLow: v.optional(
          v.pipe(
            v.boolean(),
            v.description('True where a low level switches it on, as with many relay boards'),
          ),
          false,
        ),
      },
      claims: (config) => lineClaim(['line'], config.line),
    },
  },
  readings: {},
  faults: [],
  create(config, context) {
    const { line, activeLow, faults, devices, style, maximumSeconds } = v.parse(optionsSchema, config);
    const { clock, name } = context;
    const troubles = new LineTroubles(context);
    let output: GpioOutput | undefined;
    let state: State = 'off';
    let timer: Timer | undefined;

    /** On for a while, off for a while, until something else is shown or `until` has come. */
    function alternate(onMilliseconds: number, offMilliseconds: number, until: number): void {
      const turn = (on: boolean) => {
        const over = on && clock.monotonicMilliseconds() >= until;
        output?.set(on && !over);
        if (over) return;
        timer = clock.after(
          `${name} ${on ? 'goes off' : 'goes on'}`,
          on ? onMilliseconds : offMilliseconds,
          () => turn(!on),
        );
      };
      turn(true);
    }

    function play(): void {
      timer?.cancel();
      timer = undefined;
      if (state === 'new' && style === 'lamp') {
        alternate(BLINK_MILLISECONDS, BLINK_MILLISECONDS, Number.POSITIVE_INFINITY);
      } else if (state === 'new' && style === 'buzzer') {
        const until = clock.monotonicMilliseconds() + maximumSeconds * 1_000;
        alternate(SOUND_MILLISECONDS, ROUND_MILLISECONDS - SOUND_MILLISECONDS, until);
      } else {
        output?.set(state !== 'off' && style !== 'buzzer');
      }
    }

    return {
      capabilities: {
        signals: {
          faults,
          devices,
          show(next) {
            if (next === state) return;
            state = next;
            if (output !== undefined) play();
          },
        },
      },
      start() {
        output = busOf(context, 'gpio').drive({ line, activeLow, active: false }, troubles.of('line'));
        play();
      },
      async stop() {
        timer?.cancel();
        output?.release();
        output = undefined;
      },
    };
  },
};
