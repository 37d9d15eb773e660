import type { Device, DeviceKind } from '../../src/devices/kind.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedGpio } from '../../src/simulator/gpio.js';
import { gpioBus } from '../../src/transports/gpio-bus.js';
import { dice, makeDevice } from './bench.js';

/** One chip with the real bus on it, in virtual time. */
export function gpioBench() {
  const clock = new VirtualClock();
  const { chip, panel } = simulatedGpio({ label: 'pinctrl-test', lines: 54, clock });
  const bus = gpioBus('gpio', chip, clock, dice(1));
  const devices: Device[] = [];

  /** Makes and starts a device; its options must pass the schema that its kind declares. */
  function add(kind: DeviceKind, entry: Readonly<Record<string, unknown>> & { protocol: string }) {
    const { device, reports } = makeDevice(kind, 'one', { bus: 'gpio', ...entry }, bus, clock);
    devices.push(device);
    device.start();
    return { device, reports };
  }

  /** Stops everything as a controller does; no timer is left. */
  async function stop(): Promise<string[]> {
    await Promise.all(devices.map((device) => device.stop()));
    await bus.close();
    return clock.pending();
  }

  return { clock, bus, panel, add, stop };
}
