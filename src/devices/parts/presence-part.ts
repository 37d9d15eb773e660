/**
 * Whether somebody is there, also somebody who sits still, by the radar HLK-LD2410 (`protocols/ld2410.ts`). It sees fans,
 * curtains and people behind thin walls, too: its gates are set to the room with the maker's app.
 */
import { HallwardError } from '../../kernel/errors.js';
import { type Ld2410Report, ld2410 } from '../../protocols/ld2410.js';
import type { SensorPart } from './part.js';
import { radarBuses, radarClaims, radarListener } from './radar-listener.js';

export interface Presence {
  readonly present: boolean;
  /** How far the moving one is away; `null` where nobody moves. */
  readonly movingCentimetres: number | null;
  /** How far the still one is away; `null` where nobody is still. */
  readonly stillCentimetres: number | null;
}

/** Told at most this often while nothing but distances changes. */
const tellEveryMilliseconds = 500;
/** Reports that must agree before somebody has come or gone: they carry no checksum. */
const agreeingReports = 2;
/** Of a radar that measures its thresholds for ten seconds; a flipped bit says so once. */
const calibratingReports = 5;

/**
 * @param about what it is for, in both languages
 */
export function presencePart(about: SensorPart<Presence>['about'], required?: true): SensorPart<Presence> {
  return {
    about,
    ...(required ? { required } : {}),
    protocols: {
      ld2410: {
        about: {
          'zh-CN': '存在感应雷达 HLK-LD2410（串口，256000 波特）',
          en: 'Presence radar HLK-LD2410 on a serial port at 256000 baud',
        },
        buses: radarBuses,
        proofOfLife: 'speaks',
        options: {},
        claims: radarClaims,
      },
    },
    create(_config, context, events) {
      let present: boolean | undefined;
      /** Reports in a row that say otherwise. */
      let dissenting = 0;
      /** Reports in a row that know nothing. */
      let measuring = 0;
      let toldAt = Number.NEGATIVE_INFINITY;
      return radarListener(context, ld2410, {
        shows: ({ state }) => state !== 'none',
        heard(report, at) {
          if (report.state === 'calibrating') {
            measuring++;
            return measuring >= calibratingReports ? calibrating() : undefined;
          }
          measuring = 0;
          const shows = report.state !== 'none';
          dissenting = shows === present ? 0 : dissenting + 1;
          if (dissenting > 0 && dissenting < agreeingReports) return undefined;
          const changed = dissenting > 0;
          present = shows;
          dissenting = 0;
          if (!changed && at - toldAt < tellEveryMilliseconds) return undefined;
          toldAt = at;
          events.values(presenceOf(report), at);
          return undefined;
        },
        unknown(error) {
          present = undefined;
          dissenting = 0;
          events.unknown(error);
        },
        crashed: (error) => events.crashed(error),
      });
    },
  };
}

function presenceOf({ state, movingCentimetres, stillCentimetres }: Ld2410Report): Presence {
  return {
    present: state !== 'none',
    movingCentimetres: state === 'moving' || state === 'both' ? movingCentimetres : null,
    stillCentimetres: state === 'still' || state === 'both' ? stillCentimetres : null,
  };
}

const calibrating = (): HallwardError =>
  new HallwardError(
    'sensor.calibrating',
    'garbled',
    'the radar measures the empty room; leave it alone for ten seconds, or switch it off and on',
  );
