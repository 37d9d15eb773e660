/** What the controller says of its own health, every 30 s. */
import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock, Timer } from '../kernel/clock.js';
import type { Health } from '../protocols/hub/payloads.js';
import type { Store } from '../store/types.js';

const everyMilliseconds = 30_000;
/** Coarse, so that measuring costs nothing: it wakes the process twice a second. */
const delayResolutionMilliseconds = 500;
const temperatureFile = '/sys/class/thermal/thermal_zone0/temp';

export interface HealthOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly publish: (health: Health) => void;
}

/** Publishes health until stopped. */
export function startHealth({ clock, store, publish }: HealthOptions): { stop(): void } {
  const startedAt = clock.monotonicMilliseconds();
  const delay = monitorEventLoopDelay({ resolution: delayResolutionMilliseconds });
  delay.enable();
  let before = { at: startedAt, cpu: process.cpuUsage() };
  let timer: Timer;
  let stopped = false;

  const measure = async () => {
    const at = clock.monotonicMilliseconds();
    const used = process.cpuUsage(before.cpu);
    const cpuPercent = at > before.at ? (used.user + used.system) / 10 / (at - before.at) : null;
    before = { at, cpu: process.cpuUsage() };
    const late = delay.count > 0 ? Math.max(0, delay.max / 1e6 - delayResolutionMilliseconds) : null;
    delay.reset();
    const temperatureCelsius = await readTemperature();
    if (stopped) return;
    publish({
      uptimeSeconds: Math.round((at - startedAt) / 1000),
      rssBytes: process.memoryUsage.rss(),
      cpuPercent: rounded(cpuPercent),
      eventLoopDelayMilliseconds: rounded(late),
      outbox: store.outbox.backlog,
      bytesWritten: store.bytesWritten,
      clock: clock.quality(),
      ...(temperatureCelsius === undefined ? {} : { temperatureCelsius }),
    });
    again();
  };
  const again = () => {
    timer = clock.after('health', everyMilliseconds, () => void measure());
  };
  again();
  return {
    stop() {
      stopped = true;
      timer.cancel();
      delay.disable();
    },
  };
}

function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 10) / 10;
}

async function readTemperature(): Promise<number | undefined> {
  try {
    const milliDegrees = Number(await readFile(temperatureFile, 'utf8'));
    return Number.isFinite(milliDegrees) ? Math.round(milliDegrees / 100) / 10 : undefined;
  } catch {
    return undefined;
  }
}
