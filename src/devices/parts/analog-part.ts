/** One analogue input of a converter or an Arduino-class board, as a voltage. */
import * as v from 'valibot';
import {
  analogBuses,
  faceOf,
  type OptionEntries,
  type PartConfig,
  type ProtocolDeclaration,
} from '../kind.js';
import type { Part, PartContext, PartEvents } from './part.js';

export interface Voltage {
  readonly volts: number;
  /** Of the converter's full scale, 0 to 1; 1 also where it is more. */
  readonly fraction: number;
}

/** The option `channel`, and whatever else the sensor behind it needs. */
export const channelOption = v.pipe(
  v.number(),
  v.integer(),
  v.minValue(0),
  v.maxValue(15),
  v.description('Analogue input, from 0 (AIN0 of an ADS1115, A0 of an Arduino)'),
);

/** Declares a protocol of one analogue input. */
export function analogProtocol(
  about: ProtocolDeclaration['about'],
  more: OptionEntries = {},
): ProtocolDeclaration {
  return {
    about,
    buses: analogBuses,
    proofOfLife: 'answers',
    options: { channel: channelOption, ...more },
    claims: ({ channel }) =>
      typeof channel === 'number' ? [{ path: ['channel'], text: `analogue input ${channel}` }] : [],
  };
}

/** Listens to one analogue input; what it means is for whoever asks. */
export function sampledPart(
  config: PartConfig,
  everyMilliseconds: number,
  context: PartContext,
  events: Pick<PartEvents<Voltage>, 'values' | 'unknown'>,
): Part {
  const channel = v.parse(channelOption, config.channel);
  let stop = () => {};
  return {
    start() {
      stop = faceOf(context.bus, 'analog', context.name).sample(
        { channel, everyMilliseconds },
        {
          value: (volts, fraction, at) => events.values({ volts, fraction }, at),
          lost: (error) => events.unknown(error),
        },
      );
    },
    stop: () => stop(),
  };
}
