/** Checks the `calling` section against itself and the devices. */
import type { DeviceConfig } from '../../devices/kind.js';
import { isMapping } from '../../kernel/json.js';
import { nearHint } from '../../kernel/near-name.js';
import { namePattern } from '../../protocols/hub/topics.js';
import { type Problem, pathOf } from './problems.js';
import type { FindProfile } from './profile.js';

/** What the `calling` section says that no schema of one value can judge. */
export function checkCalling(
  calling: Readonly<Record<string, unknown>>,
  devices: ReadonlyMap<string, DeviceConfig>,
  findProfile: FindProfile,
  problems: Problem[],
): void {
  if (!isMapping(calling.queues)) return;
  const prefixes = new Map<string, string>();
  const queuesOf = new Map<string, string[]>();
  const addQueue = (window: string, queue: string) => {
    const known = queuesOf.get(window) ?? [];
    if (!known.includes(queue)) queuesOf.set(window, [...known, queue]);
  };
  for (const [name, queue] of Object.entries(calling.queues)) {
    const path = pathOf('calling', 'queues', name);
    if (!namePattern.test(name)) {
      problems.push({ path, message: `found the name "${name}", expected a-z, 0-9 and "-", at most 40` });
    }
    if (!isMapping(queue)) continue;
    if (typeof queue.prefix === 'string') {
      const other = prefixes.get(queue.prefix);
      if (other !== undefined) {
        problems.push({
          path: pathOf(path, 'prefix'),
          message: `prefix "${queue.prefix}" is taken by queue "${other}"; two visitors would hold the same number`,
        });
      }
      prefixes.set(queue.prefix, name);
    }
    for (const window of Array.isArray(queue.windows) ? queue.windows : []) {
      if (typeof window === 'string') addQueue(window, name);
    }
  }
  const queueNames = Object.keys(calling.queues);
  for (const [window, settings] of Object.entries(isMapping(calling.windows) ? calling.windows : {})) {
    if (!isMapping(settings) || !isMapping(settings.schedule)) continue;
    for (const [time, queues] of Object.entries(settings.schedule)) {
      for (const queue of Array.isArray(queues) ? queues : []) {
        if (typeof queue !== 'string') continue;
        if (queueNames.includes(queue)) {
          addQueue(window, queue);
          continue;
        }
        problems.push({
          path: pathOf('calling', 'windows', window, 'schedule', time),
          message: `there is no queue "${queue}"${nearHint(queue, queueNames)}`,
        });
      }
    }
  }
  for (const [name, device] of devices) {
    if (device.kind === 'hall-button' && typeof device.queue === 'string') {
      if (!queueNames.includes(device.queue)) {
        problems.push({
          path: pathOf('devices', name, 'queue'),
          message: `there is no queue "${device.queue}"${nearHint(device.queue, queueNames)}`,
        });
      }
    }
    if (device.window === undefined) continue;
    const queues = queuesOf.get(device.window) ?? [];
    if (device.kind === 'caller' && queues.length === 0) {
      problems.push({
        path: pathOf('devices', name, 'window'),
        message: `window "${device.window}" serves no queue; name it in calling.queues`,
      });
    }
    const profile = typeof device.profile === 'string' ? findProfile(device.profile) : undefined;
    const characters = typeof profile === 'object' ? profile.display.characters : undefined;
    if (characters !== undefined && !/[A-Z]/.test(characters) && queues.length > 1) {
      problems.push({
        path: pathOf('devices', name, 'profile'),
        message: `the board shows digits only and could not tell queues ${queues.join(' and ')} apart at window "${device.window}"`,
      });
    }
  }
}
