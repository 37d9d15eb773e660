/**
 * How bad the air smells. Whatever the sensor, one index for one limit: 100 is usual at this place, higher is worse, up
 * to 500. A concentration is told only by a cell that is made to measure one.
 */
import { HallwardError } from '../../kernel/errors.js';
import type { PartConfig, PartDeclaration } from '../kind.js';
import { ammoniaCell, ammoniaCellProblems, ammoniaCellProtocol } from './ammonia-cell.js';
import type { SensorPart } from './part.js';
import { relativeSmell, relativeSmellProtocol } from './relative-smell.js';
import { sgpProtocol, sgpSmell } from './sgp-smell.js';
import type { Smell, SmellHelp } from './smell.js';

export type { LearnedAir, Smell, SmellHelp } from './smell.js';

export const smellDeclaration: PartDeclaration = {
  about: { 'zh-CN': '异味传感器：空气有多难闻', en: 'Smell sensor: how bad the air smells' },
  protocols: {
    sgp40: sgpProtocol('SGP40'),
    sgp41: sgpProtocol('SGP41'),
    'analog-relative': relativeSmellProtocol,
    'analog-cell': ammoniaCellProtocol,
  },
};

/** What the options of this part mean together; for the `problems` of the kind that has it, below the part's path. */
export function smellProblems(
  config: PartConfig,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  return config.protocol === 'analog-cell' ? ammoniaCellProblems(config) : [];
}

/** Tells how bad the air smells. */
export function smellPart(help: SmellHelp): SensorPart<Smell> {
  return {
    ...smellDeclaration,
    create(config, context, events) {
      switch (config.protocol) {
        case 'sgp40':
          return sgpSmell('SGP40', help, context, events);
        case 'sgp41':
          return sgpSmell('SGP41', help, context, events);
        case 'analog-relative':
          return relativeSmell(config, help, context, events);
        case 'analog-cell':
          return ammoniaCell(config, context, events);
        default:
          throw new HallwardError('device.wrong-protocol', 'internal', config.protocol);
      }
    },
  };
}
