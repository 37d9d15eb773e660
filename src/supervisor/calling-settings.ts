import type { CallingSettings } from '../calling/settings.js';
import type { Configuration } from './config/schema.js';

/** The calling settings out of a configuration; `undefined` where this controller does not lead. */
export function callingSettingsOf(configuration: Configuration): CallingSettings | undefined {
  const { calling, timezone, devices } = configuration;
  if (calling === undefined) return undefined;
  const evaluators = Object.values(devices).filter((device) => device.kind === 'evaluator');
  const anyWindow = evaluators.some((device) => device.window === undefined);
  return {
    queues: calling.queues as CallingSettings['queues'],
    windows: calling.windows as CallingSettings['windows'],
    timezone,
    ratingSeconds: calling.ratingSeconds,
    evaluatorWindows: anyWindow ? 'all' : evaluators.flatMap((device) => device.window ?? []),
  };
}
