/** Seats with a switch each on a line: of the board itself, of an I/O expander (PCF8574, PCF8575, MCP23017), of an Arduino. */
import * as v from 'valibot';
import { biases, gpioLine, guardedLevels, LineTroubles } from '../gpio-lines.js';
import { busOf, type DeviceConfig, type DeviceContext, type ProtocolDeclaration } from '../kind.js';
import { linesProtocol } from '../parts/contact-part.js';
import { SeatLevels } from './seat-levels.js';
import { SeatMonitor } from './seat-monitor.js';
import { seatMonitorOptions, seatTimeEntries, seatTimeOptions } from './seat-options.js';
import type { SeatEvents, SeatSource } from './seat-source.js';

export const lineSeats: ProtocolDeclaration = linesProtocol(
  {
    'zh-CN': '每个座位下一个开关，接输入引脚：GPIO、扩展芯片（PCF8574/8575、MCP23017）或 Arduino',
    en: 'A switch under each seat on a line: GPIO, an I/O expander (PCF8574, PCF8575, MCP23017), an Arduino',
  },
  'The line of each seat, in the order of the seats, by number or by name',
  seatTimeOptions,
);

const optionsSchema = v.object({
  lines: v.array(gpioLine),
  activeLow: v.boolean(),
  bias: v.optional(v.picklist(biases)),
  ...seatTimeEntries,
});
type Options = v.InferOutput<typeof optionsSchema>;

export function createLineSeats(config: DeviceConfig, context: DeviceContext): SeatMonitor {
  const options = v.parse(optionsSchema, config);
  return new SeatMonitor(seatMonitorOptions(options, options.lines.length), context, (events) =>
    watchedSeats(options, context, events),
  );
}

function watchedSeats(options: Options, context: DeviceContext, events: SeatEvents): SeatSource {
  const { lines, activeLow, bias, takenAfterMilliseconds, freeAfterMilliseconds } = options;
  const settling = Math.max(takenAfterMilliseconds, freeAfterMilliseconds);
  const levels = new SeatLevels(lines.length, settling, context, (looks) => events.saw(looks));
  const troubles = new LineTroubles(context).of('seats');
  let stopWatching = () => {};
  return {
    start() {
      stopWatching = busOf(context, 'gpio').watch(
        { lines, activeLow, bias: bias ?? (activeLow ? 'pull-up' : 'pull-down') },
        {
          level: guardedLevels(context, (line, closed) => levels.level(lines.indexOf(line), closed)),
          ready: troubles.ready,
          lost(error) {
            levels.forget();
            events.unknown();
            troubles.lost(error);
          },
        },
      );
    },
    stop() {
      stopWatching();
      levels.stop();
    },
  };
}
