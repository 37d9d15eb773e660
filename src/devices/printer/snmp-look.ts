/** One look at a printer by SNMP. */
import { HallwardError } from '../../kernel/errors.js';
import {
  hrDeviceTypes,
  type MibSubtree,
  printerIndexOf,
  printerMibGets,
  printerMibSubtrees,
  readPrinterMib,
} from '../../protocols/printer-mib.js';
import type { PrinterPicture } from '../../protocols/printer-picture.js';
import type { SnmpBinding, SnmpBus } from '../../transports/ports-snmp.js';

/**
 * Asks a printer for all that it says of itself: one request for single values, one walk for each table. A table that
 * it refuses is as one that it does not have.
 *
 * Rejects as `SnmpBus` does (`snmp.timeout`, `snmp.garbled`, `snmp.unreachable`, `bus.closed`), and with
 * `snmp.refused` where it refuses the single values.
 */
export async function lookBySnmp(bus: SnmpBus): Promise<PrinterPicture> {
  const types = await tableOf(bus, hrDeviceTypes);
  const bindings: SnmpBinding[] = [...types, ...(await bus.get(printerMibGets(printerIndexOf(types))))];
  for (const subtree of printerMibSubtrees) bindings.push(...(await tableOf(bus, subtree)));
  return readPrinterMib(bindings);
}

async function tableOf(bus: SnmpBus, { oid, most }: MibSubtree): Promise<readonly SnmpBinding[]> {
  try {
    return await bus.subtree(oid, most);
  } catch (thrown) {
    // With a status it is this table that is refused, without one it is us.
    if (thrown instanceof HallwardError && typeof thrown.evidence.status === 'string') return [];
    throw thrown;
  }
}
