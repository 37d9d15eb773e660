/** Rating buttons on GPIO lines, one for each level, and a lamp that invites to press them. */
import * as v from 'valibot';
import type { Listeners } from '../kernel/listeners.js';
import type { GpioLine, GpioOutput } from '../transports/ports-gpio.js';
import type { Press } from './capabilities.js';
import { ContactInput } from './contact-input.js';
import { biases, gpioLine, guardedLevels, LineTroubles, lineClaim } from './gpio-lines.js';
import {
  busOf,
  type Device,
  type DeviceConfig,
  type DeviceContext,
  lineBuses,
  type ProtocolDeclaration,
} from './kind.js';
import { milliseconds, windowName } from './options.js';

const buttons = v.pipe(
  v.strictObject({
    '1': v.optional(gpioLine),
    '2': v.optional(gpioLine),
    '3': v.optional(gpioLine),
    '4': v.optional(gpioLine),
    '5': v.optional(gpioLine),
  }),
  v.check((table) => Object.keys(table).length > 0, 'at least one level'),
  v.description(
    'Line of the button of each level, by number on the chip or by name: { "5": 17, "1": "GPIO24" }',
  ),
);

const optionsSchema = v.object({
  window: v.string(),
  buttons: v.record(v.string(), v.union([v.number(), v.string()])),
  activeLow: v.boolean(),
  bias: v.optional(v.picklist(biases)),
  debounceMilliseconds: v.number(),
  lamp: v.optional(v.union([v.number(), v.string()])),
  lampActiveLow: v.boolean(),
});

export const gpioButtons: ProtocolDeclaration = {
  about: {
    'zh-CN': '按键直接接在 GPIO 引脚上，每个等级一个引脚',
    en: 'Buttons straight on GPIO lines, one line for each level',
  },
  buses: lineBuses,
  proofOfLife: 'none',
  options: {
    window: windowName,
    buttons,
    activeLow: v.optional(
      v.pipe(v.boolean(), v.description('True where a pressed button joins its line to ground')),
      false,
    ),
    bias: v.optional(
      v.pipe(
        v.picklist(biases),
        v.description(
          'What pulls a line while its button is open; if absent pull-up with activeLow, else pull-down. sysfs has none',
        ),
      ),
    ),
    debounceMilliseconds: milliseconds(
      'A second press of the same button within this time is the same press.',
      300,
      0,
      5000,
    ),
    lamp: v.optional(
      v.pipe(gpioLine, v.description('Line of a lamp that is lit while a rating is asked for')),
    ),
    lampActiveLow: v.optional(
      v.pipe(v.boolean(), v.description('True where a low level lights the lamp')),
      false,
    ),
  },
  claims: (config) => {
    const table = typeof config.buttons === 'object' && config.buttons !== null ? config.buttons : {};
    return [
      ...Object.entries(table).flatMap(([level, line]) => lineClaim(['buttons', level], line)),
      ...lineClaim(['lamp'], config.lamp),
    ];
  },
};

/** Makes an evaluator of the protocol `gpio-buttons`. */
export function gpioEvaluator(
  config: DeviceConfig,
  context: DeviceContext,
  listeners: Listeners<[Press]>,
): Device {
  const options = v.parse(optionsSchema, config);
  const { window, activeLow, lamp } = options;
  const { name: device, clock, reports } = context;
  const levels = new Map<GpioLine, string>(
    Object.entries(options.buttons).map(([level, line]) => [line, level]),
  );
  const troubles = new LineTroubles(context);
  const input = new ContactInput(clock, {
    debounceMilliseconds: options.debounceMilliseconds,
    pressed: (key, atMilliseconds) => listeners.tell({ device, window, key, atMilliseconds }),
    stuck: (key, heldMilliseconds) =>
      reports.raise('device.stuck-input', { key, heldMilliseconds: Math.round(heldMilliseconds) }),
    released: () => reports.clear('device.stuck-input'),
  });
  const said = troubles.of('buttons');
  let light: GpioOutput | undefined;
  let invited = false;
  let stopWatching = () => {};
  return {
    capabilities: {
      presses: { purpose: 'rate', window, onPress: (listener) => listeners.add(listener) },
      ...(lamp === undefined
        ? {}
        : {
            invitesRating: {
              window,
              invite(now) {
                invited = now;
                light?.set(now);
              },
            },
          }),
    },
    start() {
      const bus = busOf(context, 'gpio');
      const bias = options.bias ?? (activeLow ? 'pull-up' : 'pull-down');
      stopWatching = bus.watch(
        { lines: [...levels.keys()], activeLow, bias },
        {
          level: guardedLevels(context, (line, active, at) =>
            input.level(levels.get(line) ?? '', active, at),
          ),
          ready: said.ready,
          lost(error) {
            input.forget();
            said.lost(error);
          },
        },
      );
      if (lamp === undefined) return;
      const request = { line: lamp, activeLow: options.lampActiveLow, active: invited };
      light = bus.drive(request, troubles.of('lamp'));
    },
    async stop() {
      stopWatching();
      input.stop();
      light?.release();
      light = undefined;
    },
  };
}
