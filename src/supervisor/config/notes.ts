/** What makes a document no less valid, but is hardly what its author meant. */
import { knownHint } from '../../kernel/near-name.js';
import { type Problem, pathOf } from './problems.js';
import type { Configuration } from './schema.js';

/**
 * Windows of a queue that nothing else speaks of. Nothing is said where they may stand at other boards (`hands`,
 * `standbyFor`), or where the document names no window elsewhere.
 */
export function notesOn({ calling, devices }: Configuration): Problem[] {
  if (calling === undefined || calling.hands !== undefined || calling.standbyFor !== undefined) return [];
  const known = new Set(Object.keys(calling.windows));
  for (const { window } of Object.values(devices)) if (window !== undefined) known.add(window);
  if (known.size === 0) return [];
  return Object.entries(calling.queues).flatMap(([queue, { windows }]) =>
    windows.flatMap((window, at) => {
      if (known.has(window)) return [];
      const path = pathOf('calling', 'queues', queue, 'windows', String(at));
      const hint = knownHint(window, [...known]);
      return [{ path, message: `no device and no entry of calling.windows is at window "${window}"${hint}` }];
    }),
  );
}
