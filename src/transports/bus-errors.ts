import { formatHex } from '../kernel/bytes.js';
import { HallwardError } from '../kernel/errors.js';
import type { Transaction } from './ports.js';

/** The words of a bus for what can go wrong; the codes are those of `ByteBus.transact`. */
export const busErrors = {
  closed: (bus: string) => new HallwardError('bus.closed', 'cancelled', `${bus} is closed`),

  cancelled: (bus: string) =>
    new HallwardError('bus.cancelled', 'cancelled', `${bus}: the request was called off`),

  superseded: (bus: string) =>
    new HallwardError('bus.superseded', 'cancelled', `${bus}: a newer request took its place`),

  queueFull: (bus: string, limit: number) =>
    new HallwardError('bus.queue-full', 'busy', `${bus}: ${limit} requests are waiting already`),

  /** @param waitMilliseconds until the next try; `undefined` while one is on its way. */
  backingOff: (bus: string, address: number, waitMilliseconds: number | undefined) =>
    new HallwardError(
      'bus.backing-off',
      'cancelled',
      `${bus}: address ${address} does not answer; it is tried again after a pause`,
      { address, waitMilliseconds: waitMilliseconds === undefined ? null : Math.ceil(waitMilliseconds) },
    ),

  timeout: (bus: string, { address, request }: Transaction<unknown>) =>
    new HallwardError('bus.timeout', 'timeout', `${bus}: no answer from address ${address}`, {
      address,
      sent: formatHex(request),
    }),

  garbled: (bus: string, { address, request }: Transaction<unknown>, received: Uint8Array, reason: string) =>
    new HallwardError(
      'bus.garbled',
      'garbled',
      `${bus}: no valid answer from address ${address} (${reason})`,
      {
        address,
        sent: formatHex(request),
        received: formatHex(received),
      },
    ),

  /** @param because why the wire was lost, as far as it was said. */
  lost: (bus: string, because: HallwardError | undefined) =>
    new HallwardError('wire.lost', 'absent', because?.message ?? `${bus} is not open`, {
      ...because?.evidence,
      because: because?.code ?? null,
    }),
} as const;
