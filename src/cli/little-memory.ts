/**
 * Memory on a small board, where V8's own rules are made for servers.
 *
 * What lives through the start, and what a hall does all the time, makes V8 double the room for young objects again and
 * again, up to 32 MiB that it never gives back and a hall at rest does not need. So it does not grow while the program
 * loads and the hall starts; after that it may, to a quarter of that: with less, it collects so often that it is felt.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Both halves of it together. */
const mostYoungBytes = 8 * 1024 * 1024;

/**
 * Before anything is loaded. The room for old objects grows to no more than its third above what lives: by itself V8 lets
 * it go on to several times that before it looks, and a look at so much is felt (150 ms).
 */
export function keepMemorySmall(): void {
  setFlagsFromString('--heap-growing-percent=30');
  keepYoungSpaceSmall();
}

/** The room for young objects stays as it is from now on. */
function keepYoungSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** It may grow, as V8 does by itself, until it is large enough. Looked at only after a collection, and then no more. */
export function letYoungSpaceGrow(): void {
  if (youngBytes() >= mostYoungBytes) return;
  setFlagsFromString('--semi-space-growth-factor=2');
  const collections = new PerformanceObserver(() => {
    if (youngBytes() < mostYoungBytes) return;
    keepYoungSpaceSmall();
    collections.disconnect();
  });
  collections.observe({ entryTypes: ['gc'] });
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? 0;
}
