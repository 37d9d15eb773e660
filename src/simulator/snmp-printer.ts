/**
 * A laser printer on the network that is asked by SNMP, with trays, toner, a waste container and a front panel.
 *
 * Its numbers are those of a walk of an HP LaserJet P1102w (apple/cups #3610: supply type 3, capacity 100, level 70);
 * objects and their numbers are from RFC 3805, RFC 2790 and IANA-PRINTER-MIB, and device status, printer status and
 * detected errors go together as in RFC 3805, appendix E.
 */
import { type SimulatedAgentOptions, type SimulatedAgentPanel, simulatedSnmpAgent } from './snmp-agent.js';
import {
  type SimulatedObject,
  snmpCounter32,
  snmpInteger,
  snmpOctets,
  snmpOid,
  snmpText,
} from './snmp-objects.js';

export interface SimulatedSnmpPrinterOptions extends SimulatedAgentOptions {
  /** Its hrDeviceIndex; 1 if absent. */
  readonly index?: number;
  /** How many bytes hrPrinterDetectedErrorState has; 2 if absent. */
  readonly errorStateBytes?: 0 | 1 | 2;
  /** False: it has no alert table, as small printers. */
  readonly alerts?: boolean;
}

/** What can be seen of the printer and done to it. */
export interface SimulatedSnmpPrinter extends SimulatedAgentPanel {
  readonly paper: { runOut(): void; runLow(): void; load(): void };
  /** 1 or 2; `some` is what HP's trays say of paper that they don't count. */
  tray(number: number): { set(sheets: number | 'some' | 'unknown'): void };
  /** Toner and how much room the waste container has, in percent. */
  supply(name: 'black' | 'waste'): { set(percent: number | 'some' | 'unknown'): void };
  readonly cover: { open(): void; close(): void };
  jam(): void;
  free(): void;
  /** Counts them, no more. */
  print(pages: number): void;
}

/** An idle printer: toner 70 %, tray 1 says that it has some paper, tray 2 has 200 of 250 sheets. */
export async function simulatedSnmpPrinter(
  options: SimulatedSnmpPrinterOptions = {},
): Promise<SimulatedSnmpPrinter> {
  const world = new World(options);
  const agent = await simulatedSnmpAgent(() => world.objects(), options);
  return Object.assign(agent, {
    paper: {
      runOut: () => world.fill(0, 0),
      runLow: () => world.fill(20, 10),
      load: () => world.fill(250, 250),
    },
    tray: (number: number) => ({
      set: (sheets: number | 'some' | 'unknown') => {
        world.trays[number - 1] = levelOf(sheets);
      },
    }),
    supply: (name: 'black' | 'waste') => ({
      set: (percent: number | 'some' | 'unknown') => {
        world[name] = levelOf(percent);
      },
    }),
    cover: {
      open: () => {
        world.coverOpen = true;
      },
      close: () => {
        world.coverOpen = false;
      },
    },
    jam: () => {
      world.jammed = true;
    },
    free: () => {
      world.jammed = false;
    },
    print: (pages: number) => {
      world.pages += pages;
    },
  });
}

/** -3: at least some is left; -2: unknown (RFC 3805). */
const levelOf = (level: number | 'some' | 'unknown') =>
  level === 'some' ? -3 : level === 'unknown' ? -2 : level;

const trayCapacity = 250;

interface Trouble {
  /** Of the two bytes of hrPrinterDetectedErrorState; the first is the upper one. */
  readonly bit: number;
  readonly isCritical: boolean;
  readonly group: number;
  readonly code: number;
  readonly text: string;
}

class World {
  /** Sheets; -3 and -2 as above. */
  trays: number[] = [-3, 200];
  black = 70;
  waste = 80;
  coverOpen = false;
  jammed = false;
  pages = 1_234;

  constructor(private readonly options: SimulatedSnmpPrinterOptions) {}

  fill(first: number, second: number): void {
    this.trays = [first, second];
  }

  objects(): SimulatedObject[] {
    const device = this.options.index ?? 1;
    const troubles = this.#troubles();
    const isDown = troubles.some(({ isCritical }) => isCritical);
    const bits = troubles.reduce((sum, { bit }) => sum | bit, 0);
    const objects: SimulatedObject[] = [];
    const add = (oid: string, value: Uint8Array) => void objects.push({ oid, value });
    add('1.3.6.1.2.1.1.1.0', snmpText('HP ETHERNET MULTI-ENVIRONMENT'));
    add('1.3.6.1.2.1.1.5.0', snmpText('NPI0A0B0C'));

    const hr = '1.3.6.1.2.1.25.3';
    add(`${hr}.2.1.2.${device}`, snmpOid('1.3.6.1.2.1.25.3.1.5')); // hrDevicePrinter
    add(`${hr}.2.1.3.${device}`, snmpText('HP LaserJet Professional P1102w'));
    add(`${hr}.2.1.5.${device}`, snmpInteger(isDown ? 5 : troubles.length > 0 ? 3 : 2));
    add(`${hr}.5.1.1.${device}`, snmpInteger(isDown ? 1 : 3));
    const state = Uint8Array.of(bits >> 8, bits & 0xff).subarray(0, this.options.errorStateBytes ?? 2);
    add(`${hr}.5.1.2.${device}`, snmpOctets(state));

    const mib = '1.3.6.1.2.1.43';
    add(`${mib}.6.1.1.2.${device}.1`, snmpText('Toner door'));
    add(`${mib}.6.1.1.3.${device}.1`, snmpInteger(this.coverOpen ? 3 : 4));
    for (const [at, sheets] of this.trays.entries()) {
      const cell = (column: number, value: Uint8Array) =>
        add(`${mib}.8.2.1.${column}.${device}.${at + 1}`, value);
      cell(2, snmpInteger(at === 0 ? 4 : 3)); // fixed, removable
      cell(8, snmpInteger(8)); // sheets
      cell(9, snmpInteger(trayCapacity));
      cell(10, snmpInteger(sheets));
      cell(12, snmpText('iso-a4-white'));
      cell(13, snmpText(`Tray ${at + 1}`));
    }
    add(`${mib}.10.2.1.3.${device}.1`, snmpInteger(7)); // impressions
    add(`${mib}.10.2.1.4.${device}.1`, snmpCounter32(this.pages));
    const supply = (row: number, columns: readonly Uint8Array[]) => {
      for (const [at, value] of columns.entries()) add(`${mib}.11.1.1.${at + 2}.${device}.${row}`, value);
    };
    const numbers = (...values: readonly number[]) => values.map(snmpInteger);
    // Marker, colorant, class (3 consumed, 4 receptacle), type (3 toner, 4 waste), text, percent, capacity, level.
    const black = snmpText('Black Cartridge HP CE285A');
    supply(1, [...numbers(1, 1, 3, 3), black, ...numbers(19, 100, this.black)]);
    supply(2, [...numbers(1, 0, 4, 4), snmpText('Waste container'), ...numbers(19, 100, this.waste)]);
    add(`${mib}.16.5.1.2.${device}.1`, snmpText(troubles[0]?.text ?? 'Ready'));
    if (this.options.alerts !== false) {
      for (const [at, { isCritical, group, code, text }] of troubles.entries()) {
        const cell = (column: number, value: Uint8Array) =>
          add(`${mib}.18.1.1.${column}.${device}.${at + 1}`, value);
        cell(2, snmpInteger(isCritical ? 3 : 4));
        cell(3, snmpInteger(3));
        cell(4, snmpInteger(group));
        cell(5, snmpInteger(1));
        cell(6, snmpInteger(0));
        cell(7, snmpInteger(code));
        cell(8, snmpText(text));
      }
    }
    return objects;
  }

  /** The worst first, as its display has them. */
  #troubles(): Trouble[] {
    const troubles: Trouble[] = [];
    const add = (bit: number, isCritical: boolean, group: number, code: number, text: string) =>
      void troubles.push({ bit, isCritical, group, code, text });
    if (this.jammed) add(0x0400, true, 13, 8, 'Paper jam');
    if (this.coverOpen) add(0x0800, true, 6, 3, 'Door open');
    const empty = this.trays.filter((sheets) => sheets === 0).length;
    if (empty === this.trays.length) add(0x4000, true, 8, 808, 'Load paper');
    else if (empty > 0) add(0x0004, false, 8, 808, 'Tray empty');
    else if (this.trays.some((sheets) => sheets > 0 && sheets <= trayCapacity / 10)) {
      add(0x8000, false, 8, 807, 'Paper low');
    }
    if (this.black >= 0 && this.black <= 1) add(0x1000, true, 11, 1101, 'Replace cartridge');
    else if (this.black >= 0 && this.black <= 5) add(0x2000, false, 11, 1104, 'Cartridge low');
    if (this.waste === 0) add(0, true, 11, 1109, 'Waste container full');
    else if (this.waste > 0 && this.waste <= 5) add(0, false, 11, 1107, 'Waste container almost full');
    return troubles;
  }
}
