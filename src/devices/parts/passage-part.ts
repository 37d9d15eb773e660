/**
 * People through a door: two light barriers or a radar, which know the way, or one barrier or a contact at the door,
 * which don't.
 */
import * as v from 'valibot';
import { HallwardError } from '../../kernel/errors.js';
import { ld2450 } from '../../protocols/ld2450.js';
import { gpioLine, lineClaim } from '../gpio-lines.js';
import { lineBuses, type OptionEntries, type ProtocolDeclaration } from '../kind.js';
import { milliseconds } from '../options.js';
import { lineProtocol, wiringOptions } from './contact-part.js';
import type { SensorPart } from './part.js';
import {
  beamPairPassages,
  doorContactPassages,
  type MakePassages,
  singleBeamPassages,
} from './passage-lines.js';
import type { Passages } from './passages.js';
import { radarBuses, radarClaims, radarListener } from './radar-listener.js';
import { RadarTracks } from './radar-tracks.js';

const pairLines = v.pipe(
  v.array(gpioLine),
  v.length(2, 'two lines: the outer barrier first, then the inner one'),
  v.check(([outer, inner]) => outer !== inner, 'two different lines'),
  v.description('Lines of the two barriers, the outer one first: who breaks that first comes in'),
);

const minimumOption = milliseconds(
  'A barrier is broken, or clear, once it was so for this long: a swinging arm is shorter.',
  30,
  0,
  500,
);

const quietOption = (standard: number) =>
  milliseconds('What begins again within this time is still the same.', standard, 0, 60_000);

function millimetres(about: string, standard: number, minimum: number, maximum: number) {
  const range = v.pipe(
    v.number(),
    v.minValue(minimum),
    v.maxValue(maximum),
    v.description(`${about} Millimetres, ${minimum} to ${maximum}.`),
  );
  return v.optional(range, standard);
}

const ways = ['away', 'towards'] as const;
const radarOptions = {
  lineMillimetres: millimetres('How far from the radar the line lies that people cross.', 1_500, 300, 6_000),
  bandMillimetres: millimetres('Who shifts within this band on the line crosses nothing.', 600, 100, 2_000),
  widthMillimetres: millimetres(
    'Who crosses further to the side than half of it is not counted.',
    3_000,
    300,
    8_000,
  ),
  entering: v.optional(
    v.pipe(
      v.picklist(ways),
      v.description('How people move who come in: away from the radar, or towards it'),
    ),
    'away',
  ),
} satisfies OptionEntries;

const radarSchema = v.object({
  lineMillimetres: v.number(),
  bandMillimetres: v.number(),
  widthMillimetres: v.number(),
  entering: v.picklist(ways),
});

const radarPassages: MakePassages = (config, context, events) => {
  const { entering, ...line } = v.parse(radarSchema, config);
  const tracks = new RadarTracks(line);
  let told = false;
  return radarListener(context, ld2450, {
    shows: ({ targets }) => targets.length > 0,
    heard({ targets }, at) {
      const { away, towards } = tracks.look(targets, at);
      if (told && away + towards === 0) return undefined;
      told = true;
      const [entered, left] = entering === 'away' ? [away, towards] : [towards, away];
      events.values({ entered, left, unknownDirection: 0 }, at);
      return undefined;
    },
    unknown(error) {
      told = false;
      tracks.forget();
      events.unknown(error);
    },
    crashed: (error) => events.crashed(error),
  });
};

const protocols: Readonly<Record<string, ProtocolDeclaration & { readonly make: MakePassages }>> = {
  'beam-pair': {
    about: {
      'zh-CN': '两个光电开关，一外一内，可辨进出方向',
      en: 'Two light barriers one behind the other, which know the direction',
    },
    buses: lineBuses,
    proofOfLife: 'none',
    options: { lines: pairLines, ...wiringOptions, minimumMilliseconds: minimumOption },
    claims: ({ lines }) =>
      Array.isArray(lines) ? lines.flatMap((line, index) => lineClaim(['lines', String(index)], line)) : [],
    make: beamPairPassages,
  },
  'single-beam': {
    ...lineProtocol(
      { 'zh-CN': '一个光电开关，不辨方向', en: 'One light barrier, which does not know the direction' },
      'Line of the barrier; active while it is broken',
      { minimumMilliseconds: minimumOption, quietMilliseconds: quietOption(300) },
    ),
    make: singleBeamPassages,
  },
  'door-contact': {
    ...lineProtocol(
      { 'zh-CN': '门磁，每次开门计一次，不辨方向', en: 'A contact at the door: each opening is counted' },
      'Line of the contact; active while the door is open',
      {
        quietMilliseconds: quietOption(2_000),
        countsAs: v.optional(
          v.pipe(
            v.picklist(['visit', 'passage']),
            v.description(
              'What an opening is: somebody who comes in (visit), or somebody who passes, nobody knows which way (passage)',
            ),
          ),
          'passage',
        ),
      },
    ),
    make: doorContactPassages,
  },
  ld2450: {
    about: {
      'zh-CN': '人员跟踪雷达 HLK-LD2450（串口，256000 波特），可辨进出方向',
      en: 'Radar HLK-LD2450 on a serial port at 256000 baud, which follows people over a line',
    },
    buses: radarBuses,
    proofOfLife: 'speaks',
    options: radarOptions,
    claims: radarClaims,
    make: radarPassages,
  },
};

/**
 * A part that counts people through one door. It tells what is newly counted, and `noPassages` as soon as it knows that
 * its sensors work.
 * @param about what it is for, in both languages
 */
export function passagePart(about: SensorPart<Passages>['about'], required?: true): SensorPart<Passages> {
  return {
    about,
    ...(required ? { required } : {}),
    protocols,
    create(config, context, events) {
      const declaration = protocols[config.protocol];
      if (declaration === undefined) {
        throw new HallwardError('device.wrong-protocol', 'internal', `${config.protocol} counts nobody`);
      }
      return declaration.make(config, context, events);
    },
  };
}
