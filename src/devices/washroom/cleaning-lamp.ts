/** The lamp at a washroom's door: lit while cleaning is due. */
import * as v from 'valibot';
import type { GpioOutput } from '../../transports/ports-gpio.js';
import { gpioLine, lineClaim } from '../gpio-lines.js';
import { faceOf, lineBuses, type PartDeclaration } from '../kind.js';
import type { SensorPart } from '../parts/part.js';

export const lampDeclaration: PartDeclaration = {
  about: { 'zh-CN': '门口待清洁指示灯', en: 'Lamp at the door, lit while cleaning is due' },
  protocols: {
    'gpio-output': {
      about: { 'zh-CN': '一个输出引脚，接继电器或灯', en: 'One line, driven: a relay, or a lamp' },
      buses: lineBuses,
      proofOfLife: 'none',
      options: {
        line: v.pipe(gpioLine, v.description('Line that it hangs on, by number or by name')),
        activeLow: v.optional(
          v.pipe(
            v.boolean(),
            v.description('True where a low level switches it on, as with many relay boards'),
          ),
          false,
        ),
      },
      claims: ({ line }) => lineClaim(['line'], line),
    },
  },
};

const optionsSchema = v.object({ line: gpioLine, activeLow: v.boolean() });

export class CleaningLamp {
  #isLit = false;
  #output: GpioOutput | undefined;

  show(lit: boolean): void {
    this.#isLit = lit;
    this.#output?.set(lit);
  }

  /** As a part that measures nothing: it tells only whether its line can be had. */
  get part(): SensorPart<null> {
    return {
      ...lampDeclaration,
      create: (config, { bus, name, clock }, events) => {
        const { line, activeLow } = v.parse(optionsSchema, config);
        return {
          start: () => {
            this.#output = faceOf(bus, 'gpio', name).drive(
              { line, activeLow, active: this.#isLit },
              {
                ready: () => events.values(null, clock.monotonicMilliseconds()),
                lost: (error) => events.unknown(error),
              },
            );
          },
          stop: () => {
            this.#output?.release();
            this.#output = undefined;
          },
        };
      },
    };
  }
}
