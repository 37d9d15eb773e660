/** Contacts at the locks of cubicles. */
import * as v from 'valibot';
import { biases, gpioLine } from '../gpio-lines.js';
import type { PartConfig } from '../kind.js';
import { linesProtocol, watchLines } from '../parts/contact-part.js';
import type { SensorPart } from '../parts/part.js';
import { SteadyLines } from '../parts/steady-lines.js';

/** A lock that is being turned. */
const settleMilliseconds = 1_000;

export interface CubicleLevel {
  /** 0 is the first one. */
  readonly index: number;
  readonly taken: boolean;
}

const contactsSchema = v.object({
  lines: v.array(gpioLine),
  activeLow: v.boolean(),
  bias: v.optional(v.picklist(biases)),
});

/** Tells of each cubicle whether it is taken, first as it is, then at each change. */
export const cubiclesPart: SensorPart<CubicleLevel> = {
  about: { 'zh-CN': '隔间门锁触点：接通为有人', en: 'Cubicle lock contacts; active: taken' },
  protocols: {
    contacts: linesProtocol(
      { 'zh-CN': '若干输入引脚，每个隔间一个', en: 'Several lines, one for each cubicle' },
      'Line of each cubicle, in the order of their numbers',
    ),
  },
  create(config, context, events) {
    const { lines, ...wiring } = v.parse(contactsSchema, config);
    const steady = new SteadyLines(
      context.name,
      context.clock,
      settleMilliseconds,
      (index, taken, at) => events.values({ index, taken }, at),
      (error) => events.crashed(error),
    );
    const watch = watchLines(lines, wiring, context, {
      level: (index, taken, at) => steady.level(index, taken, at),
      unknown(error) {
        steady.forget();
        events.unknown(error);
      },
    });
    return {
      start: () => watch.start(),
      stop() {
        watch.stop();
        steady.forget();
      },
    };
  },
};

/** How many cubicles an entry of this part has. */
export function cubiclesOf(config: PartConfig | undefined): number {
  return Array.isArray(config?.lines) ? config.lines.length : 0;
}
