import type { SnmpValue } from './ports-snmp.js';

/** One value as it came, its identifier checked for its form only. */
export interface RawBinding {
  readonly oid: string;
  readonly value: SnmpValue;
  /** endOfMibView: there is nothing behind it. */
  readonly isEnd: boolean;
}

/** An answer, also one that says no. */
export interface SnmpAnswer {
  /** error-status of RFC 3416: 0 is none. */
  readonly status: number;
  /** Which identifier of the request the status is about, from 0; -1 where that is not said. */
  readonly at: number;
  readonly bindings: readonly RawBinding[];
}

interface LibraryPdu {
  /** error-status and error-index stand where a GetBulk has its two numbers. */
  readonly errorStatus?: unknown;
  readonly errorIndex?: unknown;
  readonly varbinds?: readonly { oid: unknown; type: unknown; value: unknown }[];
}

/** Ten times what a datagram of a walk holds. */
const mostBindings = 1_024;
/** RFC 2578: at most 128 numbers. */
const oidForm = /^\d{1,10}(\.\d{1,10}){1,127}$/;

/** What net-snmp read, checked: it takes nearly everything for valid. */
export function answerOf(pdu: LibraryPdu): SnmpAnswer {
  const status = typeof pdu.errorStatus === 'number' ? pdu.errorStatus : 0;
  const at = typeof pdu.errorIndex === 'number' ? pdu.errorIndex - 1 : -1;
  const bindings = (pdu.varbinds ?? []).slice(0, mostBindings).map(({ oid, type, value }) => ({
    oid: typeof oid === 'string' && oidForm.test(oid) ? oid : '',
    value: snmpValue(type, value),
    isEnd: type === 130,
  }));
  return { status, at, bindings };
}

/** Types by their tags: RFC 2578, RFC 3416. What no printer sends (Boolean, BIT STRING) is `null`. */
function snmpValue(type: unknown, value: unknown): SnmpValue {
  switch (type) {
    case 2: // INTEGER
    case 65: // Counter32
    case 66: // Gauge32
    case 67: // TimeTicks
      return typeof value === 'number' ? value : null;
    case 4: // OCTET STRING
    case 68: // Opaque
      return value instanceof Uint8Array ? Uint8Array.from(value) : null;
    case 6: // OBJECT IDENTIFIER
    case 64: // IpAddress
      return typeof value === 'string' ? value : null;
    case 70: // Counter64
      return value instanceof Uint8Array && value.length > 0 && value.length <= 9
        ? BigInt.asUintN(64, BigInt(`0x${Buffer.from(value).toString('hex')}`))
        : null;
    default:
      return null;
  }
}
