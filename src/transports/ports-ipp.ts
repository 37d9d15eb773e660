/** IPP: requests to one printer, carried by HTTP; what they say is `protocols/ipp.ts`'s business. */
import type { BusBase } from './ports-bus.js';

/**
 * One printer. Requests run one at a time. Rejects with `ipp.timeout` (timeout), `ipp.refused` (refused: HTTP status, or
 * a certificate that is not trusted), `ipp.garbled` (garbled: no IPP, or more than 256 KiB), `ipp.unreachable` (absent:
 * no such host, connection refused) or `bus.closed`.
 */
export interface IppBus extends BusBase {
  readonly type: 'ipp';
  /** The address that requests name: `ipp://192.168.1.60/ipp/print`. */
  readonly printerUri: string;
  /** Sends a message, gives the answer's bytes. */
  exchange(message: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
}
