/** Probes on the floor that say whether it is wet. */
import * as v from 'valibot';
import { biases, gpioLine } from '../gpio-lines.js';
import type { PartConfig } from '../kind.js';
import { analogProtocol, sampledPart } from '../parts/analog-part.js';
import { lineProtocol, watchLines } from '../parts/contact-part.js';
import type { SensorPart } from '../parts/part.js';

const everyMilliseconds = 1_000;
/** A wet probe is dry again by this share of its limit behind it: a film of water trembles. */
const hysteresis = 0.1;

const volts = (text: string) =>
  v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(24), v.description(text)));

const contactSchema = v.object({
  line: gpioLine,
  activeLow: v.boolean(),
  bias: v.optional(v.picklist(biases)),
});
const probeSchema = v.object({
  wetAboveVolts: v.optional(v.number()),
  wetBelowVolts: v.optional(v.number()),
});

/**
 * Tells whether the floor is wet, as the probe has it; whoever hears it debounces.
 * @param about which floor, in both languages
 */
export function floorPart(about: SensorPart<boolean>['about']): SensorPart<boolean> {
  return {
    about,
    protocols: {
      'wet-contact': lineProtocol(
        {
          'zh-CN': '一个输入引脚：水浸探头的开关量输出，接通为有水',
          en: 'One line: a probe with a switching output, or a float switch; active: wet',
        },
        'Line that it hangs on, by number or by name',
      ),
      'wet-probe': analogProtocol(
        { 'zh-CN': '水浸探头，模拟量输入', en: 'A resistive probe on an analogue input' },
        {
          wetAboveVolts: volts('From this voltage on it is wet, for a probe whose voltage rises'),
          wetBelowVolts: volts('Down from this voltage it is wet, for a probe whose voltage falls'),
        },
      ),
    },
    create(config, context, events) {
      if (config.protocol === 'wet-contact') {
        const { line, ...wiring } = v.parse(contactSchema, config);
        return watchLines([line], wiring, context, {
          level: (_, wet, at) => events.values(wet, at),
          unknown: (error) => events.unknown(error),
        });
      }
      const { wetAboveVolts: above, wetBelowVolts: below } = v.parse(probeSchema, config);
      let wet = false;
      return sampledPart(config, everyMilliseconds, context, {
        values({ volts: measured }, at) {
          const slack = wet ? hysteresis : 0;
          if (above !== undefined) wet = measured >= above * (1 - slack);
          else if (below !== undefined) wet = measured <= below * (1 + slack);
          events.values(wet, at);
        },
        unknown(error) {
          wet = false;
          events.unknown(error);
        },
      });
    },
  };
}

/** What the options of a probe mean together; for the `problems` of the kind that has it, below the part's path. */
export function floorProblems(
  config: PartConfig,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  if (config.protocol !== 'wet-probe') return [];
  const { wetAboveVolts, wetBelowVolts } = v.parse(probeSchema, config);
  if ((wetAboveVolts === undefined) !== (wetBelowVolts === undefined)) return [];
  const message =
    wetAboveVolts === undefined
      ? 'missing: expected the voltage from which on it is wet, or wetBelowVolts'
      : 'either this or wetBelowVolts, not both';
  return [{ path: ['wetAboveVolts'], message }];
}
