/**
 * One picture of a printer from answers that each say only a part. Pure: nothing here asks, waits or reports.
 */
import type { PrinterPart, RealtimeQuestion } from '../protocols/escpos-status.js';
import type { PrinterReadiness } from './capabilities.js';

/** Where a part of the status came from. */
export type StatusSource = `question-${RealtimeQuestion}` | 'asb' | 'buffered';

/** What is known; `null` is not known. */
export interface PrinterStatus {
  readonly online: boolean | null;
  readonly cover: 'open' | 'closed' | null;
  readonly paper: 'ok' | 'low' | 'empty' | null;
  readonly feeding: boolean | null;
  readonly error: boolean | null;
  readonly cutterError: boolean | null;
  readonly mechanicalError: boolean | null;
  readonly blackMarkError: boolean | null;
  readonly unrecoverable: boolean | null;
  readonly autoRecoverable: boolean | null;
}

export const unknownStatus: PrinterStatus = {
  online: null,
  cover: null,
  paper: null,
  feeding: null,
  error: null,
  cutterError: null,
  mechanicalError: null,
  blackMarkError: null,
  unrecoverable: null,
  autoRecoverable: null,
};

/** The newest answer of each source, the oldest first; `order` grows with the time of arrival. */
export type StatusParts = readonly {
  readonly source: StatusSource;
  readonly part: PrinterPart;
  readonly order: number;
}[];

/** Puts an answer in the place of the older one of its source. */
export function withPart(
  parts: StatusParts,
  source: StatusSource,
  part: PrinterPart,
  order: number,
): StatusParts {
  return [...withoutPart(parts, source), { source, part, order }].sort((a, b) => a.order - b.order);
}

/** Forgets what a source said. */
export function withoutPart(parts: StatusParts, source: StatusSource): StatusParts {
  return parts.filter((other) => other.source !== source);
}

/**
 * All parts together; where they contradict each other the newest is right, with one exception: a printer that says
 * that it was stopped by the end of its paper (question 2) is out of paper, whatever the sensor says in the same round
 * (question 4): some never report the end there.
 */
export function mergeStatus(parts: StatusParts): PrinterStatus {
  let status = unknownStatus;
  let stopped: boolean | undefined;
  for (const { source, part } of parts) {
    const { stoppedByPaperEnd, ...said } = part;
    status = { ...status, ...said };
    if (stoppedByPaperEnd !== undefined) stopped = stoppedByPaperEnd;
    else if (source === 'asb') stopped = undefined;
  }
  if (stopped === true) return { ...status, paper: 'empty' };
  // "Not stopped" by a printer that tells nothing else of its paper: there is some.
  return stopped === false && status.paper === null ? { ...status, paper: 'ok' } : status;
}

/** Why a printer can't print, as codes of its faults, the worst first; paper that is low hinders nothing. */
export function hindrances(status: PrinterStatus): string[] {
  const found: string[] = [];
  const { mechanicalError, blackMarkError, unrecoverable } = status;
  if (mechanicalError === true || blackMarkError === true || unrecoverable === true)
    found.push('printer.hardware-error');
  if (status.cutterError === true) found.push('printer.cutter-error');
  if (status.cover === 'open') found.push('printer.cover-open');
  if (status.paper === 'empty') found.push('printer.media-empty');
  if (found.length > 0) return found;
  // It says "error" and can't say which: question 3 was never answered.
  if (status.error === true && status.mechanicalError === null) return ['printer.hardware-error'];
  return status.online === false || status.autoRecoverable === true || status.error === true
    ? ['printer.offline']
    : [];
}

/** `unknown` where nothing at all is known. */
export function readinessOf(status: PrinterStatus): PrinterReadiness {
  if (hindrances(status).length > 0) return 'unable';
  const { online, cover, paper, mechanicalError } = status;
  return online === null && cover === null && paper === null && mechanicalError === null
    ? 'unknown'
    : 'ready';
}
