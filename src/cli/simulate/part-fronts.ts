/** The front panels of what hangs on one connection of a device: a contact, a chip, a radar. */
import type { PartConfig } from '../../devices/kind.js';
import type { Clock } from '../../kernel/clock.js';
import type { BusEnds } from './bus-ends.js';
import { beamOrders, contactOf, contactOrders, manyContacts, passOrder } from './contact-fronts.js';
import { both, type ConnectionFront, numberBetween, order } from './front.js';
import { climateFront, distanceFront, presenceFront, smellFront, walkFront } from './sensor-fronts.js';

/** One connection: its bus, protocol and options. */
interface Connected {
  readonly bus: string;
  readonly protocol: string;
  readonly config: PartConfig;
}

/** The front panel of a connection that any kind may have; `undefined` for protocols that belong to one kind. */
export function connectionFront(
  { bus, protocol, config }: Connected,
  ends: BusEnds,
  clock: Clock,
): ConnectionFront | undefined {
  const lines = Array.isArray(config.lines) ? config.lines : [];
  switch (protocol) {
    case 'contact':
    case 'gpio-contact':
    case 'wet-contact':
      return { orders: contactOrders(contactOf(ends.line(bus, config.line), config), clock) };
    case 'gpio-output':
    case 'lamp': {
      const line = ends.line(bus, config.line);
      const lit = config.activeLow === true ? 'low' : 'high';
      return { orders: [], sees: () => (line?.driven() === lit ? '●' : '○') };
    }
    case 'contacts':
    case 'lines':
      return manyContacts(lines.map((line) => contactOf(ends.line(bus, line), config)));
    case 'mats':
      return matsFront(bus, config, ends);
    case 'door-contact':
    case 'single-beam':
      return { orders: [passOrder(contactOf(ends.line(bus, config.line), config), clock)] };
    case 'beam-pair': {
      const [outer, inner] = lines.map((line) => contactOf(ends.line(bus, line), config));
      return outer === undefined || inner === undefined ? undefined : beamOrders(outer, inner, clock);
    }
    case 'sht3x':
    case 'sht4x':
      return climateFront(protocol === 'sht3x' ? 'SHT3x' : 'SHT4x', bus, config, ends, clock);
    case 'sgp40':
    case 'sgp41':
      return smellFront(protocol === 'sgp40' ? 'SGP40' : 'SGP41', bus, ends, clock);
    case 'vl53l0x':
    case 'vl53l1x':
      return distanceFront(bus, config, ends, clock);
    case 'ld2410':
      return presenceFront(bus, ends, clock);
    case 'ld2450':
      return walkFront(bus, config, ends, clock);
    default:
      return typeof config.channel === 'number'
        ? voltsFront(ends.channel(bus, config.channel), restingVolts(config))
        : undefined;
  }
}

/** What an analogue sensor says while all is well, as far as its options tell. */
function restingVolts({ zeroVolts, wetBelowVolts, wetAboveVolts, points }: PartConfig): number {
  if (typeof zeroVolts === 'number') return zeroVolts;
  if (typeof wetBelowVolts === 'number') return wetBelowVolts + 0.5;
  if (typeof wetAboveVolts === 'number') return Math.max(0, wetAboveVolts - 0.5);
  // A little above the lower end of a scale.
  const volts = Array.isArray(points) ? points.map((point: readonly number[]) => point[0] ?? 0) : [1];
  const [least, most] = [Math.min(...volts), Math.max(...volts)];
  return least + (most - least) / 5;
}

/** Pressure mats: each at the voltage of a free seat, or of a taken one, well away from the limit. */
function matsFront(
  bus: string,
  { channels, takenAboveVolts, takenBelowVolts }: PartConfig,
  ends: BusEnds,
): ConnectionFront {
  const isAbove = typeof takenAboveVolts === 'number';
  const limit = Number(isAbove ? takenAboveVolts : takenBelowVolts);
  const inputs = Array.isArray(channels) ? channels.map((channel) => ends.channel(bus, Number(channel))) : [];
  return manyContacts(
    inputs.map((input) => ({
      close: () => input.volts(limit * (isAbove ? 1.5 : 0.5)),
      open: () => input.volts(limit * (isAbove ? 0.5 : 1.5)),
    })),
  );
}

function voltsFront(channel: { volts(volts: number): void }, resting: number): ConnectionFront {
  channel.volts(resting);
  return {
    orders: [
      order('volts VOLTS', both('输入电压', 'the voltage at its input'), ([volts]) =>
        channel.volts(numberBetween(volts, 0, 6)),
      ),
    ],
  };
}

/** The panels of a device's parts as one: each verb with the part's name before it. */
export function joined(
  parts: readonly { readonly part: string; readonly front: ConnectionFront }[],
): ConnectionFront {
  const seen = parts.filter(({ front }) => front.sees !== undefined);
  return {
    orders: parts.flatMap(({ part, front }) =>
      front.orders.map((one) => ({ ...one, usage: `${part} ${one.usage}` })),
    ),
    ...(seen.length === 0
      ? {}
      : { sees: () => seen.map(({ part, front }) => `${part} ${front.sees?.() ?? ''}`).join('  ') }),
  };
}
