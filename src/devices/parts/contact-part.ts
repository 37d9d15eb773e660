/** Contacts and other sensors that say yes or no: a reed switch at a door, a light barrier, an opto fork, a float switch. */
import * as v from 'valibot';
import type { GpioLine } from '../../transports/ports-gpio.js';
import { biases, gpioLine, lineClaim } from '../gpio-lines.js';
import { faceOf, lineBuses, type OptionEntries, type ProtocolDeclaration } from '../kind.js';
import type { PartContext, PartEvents, SensorPart } from './part.js';

/** How lines are wired; as options of every protocol that watches lines. */
export const wiringOptions = {
  activeLow: v.optional(
    v.pipe(v.boolean(), v.description('True where the active state joins the line to ground')),
    false,
  ),
  bias: v.optional(
    v.pipe(
      v.picklist(biases),
      v.description(
        'What pulls a line while nothing drives it; if absent pull-up with activeLow, else pull-down, as far as the bus can',
      ),
    ),
  ),
} satisfies OptionEntries;

interface WiringOptions {
  readonly activeLow: boolean;
  readonly bias?: (typeof biases)[number] | undefined;
}

const lineListSchema = v.pipe(
  v.array(gpioLine),
  v.minLength(1),
  v.maxLength(64),
  v.check((lines) => new Set(lines).size === lines.length, 'each line once'),
);

/** Declares a protocol of one line. */
export function lineProtocol(
  about: ProtocolDeclaration['about'],
  what: string,
  more: OptionEntries = {},
): ProtocolDeclaration {
  return {
    about,
    buses: lineBuses,
    proofOfLife: 'none',
    options: { line: v.pipe(gpioLine, v.description(what)), ...wiringOptions, ...more },
    claims: ({ line }) => lineClaim(['line'], line),
  };
}

/** Declares a protocol of several lines of one bus. */
export function linesProtocol(
  about: ProtocolDeclaration['about'],
  what: string,
  more: OptionEntries = {},
): ProtocolDeclaration {
  return {
    about,
    buses: lineBuses,
    proofOfLife: 'none',
    options: { lines: v.pipe(lineListSchema, v.description(what)), ...wiringOptions, ...more },
    claims: ({ lines }) =>
      Array.isArray(lines) ? lines.flatMap((line, index) => lineClaim(['lines', String(index)], line)) : [],
  };
}

/** Watches lines together and tells each level, as it is at first and at every edge. */
export function watchLines(
  lines: readonly GpioLine[],
  { activeLow, bias }: WiringOptions,
  context: PartContext,
  events: {
    level(index: number, active: boolean, atMilliseconds: number): void;
    unknown: PartEvents<never>['unknown'];
  },
): { start(): void; stop(): void } {
  let stop = () => {};
  return {
    start() {
      stop = faceOf(context.bus, 'gpio', context.name).watch(
        { lines, activeLow, bias: bias ?? (activeLow ? 'pull-up' : 'pull-down') },
        {
          level: (line, active, at) => events.level(lines.indexOf(line), active, at),
          ready() {},
          lost: (error) => events.unknown(error),
        },
      );
    },
    stop: () => stop(),
  };
}

const contactSchema = v.object({
  line: gpioLine,
  activeLow: v.boolean(),
  bias: v.optional(v.picklist(biases)),
});

/**
 * A part with one line: tells its level, at once and at every edge; whoever hears it debounces.
 * @param about what it is for, in both languages
 */
export function contactPart(about: SensorPart<boolean>['about'], required?: true): SensorPart<boolean> {
  return {
    about,
    ...(required ? { required } : {}),
    protocols: {
      contact: lineProtocol(
        {
          'zh-CN': '一个输入引脚：干接点、光电开关',
          en: 'One line: a contact or a sensor with a switching output',
        },
        'Line that it hangs on, by number or by name',
      ),
    },
    create(config, context, events) {
      const { line, ...wiring } = v.parse(contactSchema, config);
      return watchLines([line], wiring, context, {
        level: (_, active, at) => events.values(active, at),
        unknown: (error) => events.unknown(error),
      });
    },
  };
}
