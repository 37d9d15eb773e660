import { formatHex } from '../kernel/bytes.js';
import { asHallwardError, HallwardError, systemCode } from '../kernel/errors.js';

/** The words of SNMP for what can go wrong; the codes are those of `SnmpBus`. */
export const snmpErrors = {
  /** An agent that does not know the community is silent: a wrong one looks like a printer that is off. */
  timeout: (agent: string, waitedMilliseconds: number, hasCommunity: boolean) =>
    new HallwardError(
      'snmp.timeout',
      'timeout',
      hasCommunity
        ? `${agent} does not answer: it is off, has another address, or does not know this community or version`
        : `${agent} does not answer: it is off, has another address, or does not speak SNMP version 3`,
      { waitedMilliseconds },
    ),

  slow: (agent: string, waitedMilliseconds: number, values: number) =>
    new HallwardError(
      'snmp.timeout',
      'timeout',
      `${agent} answers, but too slowly: ${values} values in ${Math.round(waitedMilliseconds / 1_000)} s`,
      { waitedMilliseconds, values },
    ),

  garbled: (agent: string, reason: string, received?: Uint8Array) =>
    new HallwardError(
      'snmp.garbled',
      'garbled',
      `${agent} answers with what is no valid SNMP (${reason})`,
      received === undefined ? { reason } : { reason, received: formatHex(received, 48) },
    ),

  /** @param status the agent's own word, `genErr` */
  refused: (agent: string, status: string, oid: string | null) =>
    new HallwardError('snmp.refused', 'refused', `${agent} refuses ${oid ?? 'the request'}: ${status}`, {
      status,
      oid,
    }),

  notTrusted: (agent: string, reason: string) =>
    new HallwardError(
      'snmp.refused',
      'refused',
      `${agent} refuses the user, or can't be believed (${reason}): check user, protocols and pass phrases`,
      { reason },
    ),

  unreachable: (agent: string, thrown: unknown) => {
    const system = systemCode(thrown);
    const because = thrown instanceof Error ? thrown.message : String(thrown);
    return new HallwardError(
      'snmp.unreachable',
      'absent',
      system === 'ECONNREFUSED'
        ? `nobody listens for SNMP at ${agent}`
        : `${agent} cannot be reached: ${because}`,
      system === undefined ? {} : { system },
    );
  },

  unusable: (agent: string, thrown: unknown) => {
    const { message, evidence } = asHallwardError(thrown, 'wire.unusable');
    return new HallwardError(
      'wire.unusable',
      'usage',
      `SNMP for ${agent} can't be used: ${message}`,
      evidence,
    );
  },
} as const;

/** RFC 3416, section 3. */
const statusNames = [
  'noError',
  'tooBig',
  'noSuchName',
  'badValue',
  'readOnly',
  'genErr',
  'noAccess',
  'wrongType',
  'wrongLength',
  'wrongEncoding',
  'wrongValue',
  'noCreation',
  'inconsistentValue',
  'resourceUnavailable',
  'commitFailed',
  'undoFailed',
  'authorizationError',
  'notWritable',
  'inconsistentName',
] as const;

export const snmpStatusName = (status: number): string => statusNames[status] ?? `error ${status}`;
