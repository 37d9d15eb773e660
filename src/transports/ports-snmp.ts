/** SNMP: values that an agent on the network gives by object identifier. */
import type { BusBase } from './ports-bus.js';

/** Bytes for octet strings, a dotted text for object identifiers. */
export type SnmpValue = number | bigint | Uint8Array | string | null;

/** One value with its object identifier, `1.3.6.1.2.1.43.11.1.1.9.1.1`. */
export interface SnmpBinding {
  readonly oid: string;
  readonly value: SnmpValue;
}

/**
 * One agent. Requests run one at a time. What answers wrongly costs its own time-out: nothing here takes longer than
 * `timeoutMilliseconds` for each message, and no walk is longer than asked for.
 *
 * Rejects with `snmp.timeout` (kind timeout), `snmp.garbled` (garbled), `snmp.refused` (refused: authentication, no
 * access), `snmp.unreachable` (absent: no such host, network down) or `bus.closed`.
 */
export interface SnmpBus extends BusBase {
  readonly type: 'snmp';
  /** `null` for each that the agent has not. */
  get(oids: readonly string[]): Promise<readonly SnmpBinding[]>;
  /** Everything under `oid`, in order, at most `most` values: more are left away. */
  subtree(oid: string, most: number): Promise<readonly SnmpBinding[]>;
}
