/** One look at a printer by IPP: asks for what it says of itself (RFC 8011, 4.2.5) and reads it. */
import { type Evidence, HallwardError } from '../../kernel/errors.js';
import {
  decodeResponse,
  encodeRequest,
  getPrinterAttributes,
  type IppResponse,
  type IppVersion,
  ippGroups,
} from '../../protocols/ipp.js';
import { ippAttributesWanted, readIppPrinter } from '../../protocols/ipp-printer.js';
import { cleanText } from '../../protocols/plain-text.js';
import type { PrinterPicture } from '../../protocols/printer-picture.js';
import type { IppBus } from '../../transports/ports-ipp.js';

/** What is remembered of a printer from one look to the next. */
interface IppMemory {
  /** Which version it speaks. */
  version: IppVersion;
  /** Of the last request. */
  requestId: number;
}

export function newIppMemory(): IppMemory {
  return { version: '2.0', requestId: 0 };
}

const badRequest = 0x0400;
const versionNotSupported = 0x0503;

/**
 * Asks for the whole picture. A printer that refuses IPP 2.0 is asked by 1.1, and from then on by 1.1 at once.
 * Rejects as `IppBus.exchange`, or with `ipp.refused` (its IPP status is an error; evidence `status`, `message`) or
 * `ipp.garbled` (no IPP, an answer to another request, or one that says nothing of a printer).
 * @param memory the same at each look at one printer
 */
export async function lookByIpp(bus: IppBus, memory: IppMemory = newIppMemory()): Promise<PrinterPicture> {
  let response = await ask(bus, memory, memory.version);
  // Some that know no 2.0 call it a bad request.
  if (memory.version === '2.0' && [badRequest, versionNotSupported].includes(response.status)) {
    const older = await ask(bus, memory, '1.1');
    if (isSuccessful(older)) memory.version = '1.1';
    response = older;
  }
  if (!isSuccessful(response)) throw refused(bus, response);
  if (!response.groups.some(({ tag, attributes }) => tag === ippGroups.printer && attributes.size > 0)) {
    throw garbled(bus, 'says nothing of a printer', { status: response.status });
  }
  return readIppPrinter(response);
}

async function ask(bus: IppBus, memory: IppMemory, version: IppVersion): Promise<IppResponse> {
  memory.requestId = (memory.requestId % 0x7fffffff) + 1;
  const { requestId } = memory;
  const request = encodeRequest({
    operation: getPrinterAttributes,
    requestId,
    printerUri: bus.printerUri,
    requestedAttributes: ippAttributesWanted,
    userName: 'hallward',
    version,
  });
  const response = decodeResponse(await bus.exchange(request));
  if (response.requestId !== requestId) {
    throw garbled(bus, 'answers another request', { expected: requestId, received: response.requestId });
  }
  return response;
}

/** 0x0001, attributes that it does not know were ignored, is one of these. */
function isSuccessful({ status }: IppResponse): boolean {
  return status <= 0x00ff;
}

function garbled(bus: IppBus, what: string, evidence: Evidence): HallwardError {
  return new HallwardError('ipp.garbled', 'garbled', `${bus.printerUri} ${what}`, evidence);
}

/** RFC 8011, appendix B. */
const advice: Readonly<Record<number, string>> = {
  1025: 'it forbids this: allow reading its state in its settings for IPP',
  1026: 'it wants a password: allow reading its state without one in its settings for IPP',
  1027: 'it allows this to others only: look at its list of allowed addresses',
  1030: 'there is no printer at this path: most have it at /ipp/print',
  1281: 'it cannot tell its state: try SNMP',
  1283: 'it speaks neither IPP 2.0 nor 1.1: try SNMP',
  1287: 'it is busy',
};

function refused(bus: IppBus, { status, groups }: IppResponse): HallwardError {
  const hex = `0x${status.toString(16).padStart(4, '0')}`;
  const said = groups.find(({ tag }) => tag === ippGroups.operation)?.attributes.get('status-message')?.[0];
  const message = said?.syntax === 'text' ? cleanText(said.value, 200) : null;
  const words = advice[status] ?? message ?? 'no reason given';
  const text = `${bus.printerUri} refuses to tell its state (${hex}): ${words}`;
  return new HallwardError('ipp.refused', 'refused', text, { status: hex, message });
}
