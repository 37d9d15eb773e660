/** The far ends of what else stands in the demo's hall (`things-plan.ts`). */
import type { Clock } from '../../kernel/clock.js';
import type { SimulatedGpio } from '../../simulator/gpio.js';
import type { SimulatedI2cPanel } from '../../simulator/i2c.js';
import { simulatedSgp4x } from '../../simulator/sgp4x.js';
import { simulatedSht } from '../../simulator/sht.js';
import { simulatedSnmpPrinter } from '../../simulator/snmp-printer.js';
import { simulatedVl53l0x } from '../../simulator/vl53l0x.js';
import type { BeamsFront } from './door.js';
import type { SuppliesFront } from './supplies-life.js';
import { thingAddresses, thingLines } from './things-plan.js';
import type { WashroomFront } from './washroom-life.js';

export interface ThingEnds {
  readonly beams: BeamsFront;
  readonly washroom: WashroomFront;
  readonly supplies: SuppliesFront;
  /** Where the kiosk's printer answers on this machine. */
  readonly printerPort: number;
  /** The printer answers no more. */
  close(): Promise<void>;
}

/** Joins them to the chips that hang on the demo's wires; the printer listens on loopback. */
export async function thingEnds(
  clock: Clock,
  { panel }: SimulatedGpio,
  i2c: SimulatedI2cPanel,
): Promise<ThingEnds> {
  const distance = simulatedVl53l0x(clock);
  i2c.attach(thingAddresses.distance, distance);
  i2c.attach(thingAddresses.climate, simulatedSht({ family: 'SHT4x', clock }));
  const air = simulatedSgp4x({ model: 'SGP40', clock });
  i2c.attach(thingAddresses.smell, air);
  const printer = await simulatedSnmpPrinter({ clock });
  /** Joined to ground, or open. */
  const contact = (offset: number) => (closed: boolean) => {
    const line = panel.line(offset);
    if (closed) line.low();
    else line.floats();
  };
  const doorClosed = contact(thingLines.washroomDoor);
  doorClosed(true);
  return {
    beams: { outer: contact(thingLines.outerBeam), inner: contact(thingLines.innerBeam) },
    washroom: {
      door: (open) => doorClosed(!open),
      cubicles: thingLines.cubicles.map((line) => ({ setTaken: contact(line) })),
      floor: contact(thingLines.floor),
      smell: (raw) => air.air(raw),
      button: contact(thingLines.cleanerButton),
      get isLampLit() {
        const { isDriven, level } = panel.line(thingLines.washroomLamp);
        return isDriven && level === 'high';
      },
    },
    supplies: {
      printer: {
        print: (pages) => printer.print(pages),
        toner: (percent) => printer.supply('black').set(percent),
        tray: (sheets) => printer.tray(2).set(sheets),
      },
      roll: {
        distance: (millimetres) => distance.distance(millimetres),
        drawn: contact(thingLines.fork),
      },
      water: contact(thingLines.water),
    },
    printerPort: printer.port,
    close: () => printer.close(),
  };
}
