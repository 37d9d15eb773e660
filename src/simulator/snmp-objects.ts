/** Objects of a simulated SNMP agent, and their values by the tags of RFC 2578. */
import { berElement, berInteger, berOid } from './ber.js';

/** An object and its value, already in BER with its tag. */
export interface SimulatedObject {
  readonly oid: string;
  readonly value: Uint8Array;
}

export const snmpInteger = (value: number): Uint8Array => berInteger(0x02, value);
export const snmpOctets = (value: Uint8Array): Uint8Array => berElement(0x04, value);
export const snmpText = (value: string): Uint8Array => snmpOctets(new TextEncoder().encode(value));
export const snmpOid = (value: string): Uint8Array => berOid(0x06, value);
export const snmpCounter32 = (value: number): Uint8Array => berInteger(0x41, value);
/** Unsigned: a value of the upper half has a zero byte before it, as it needs. */
export const snmpCounter64 = (value: bigint): Uint8Array => berInteger(0x46, value);
