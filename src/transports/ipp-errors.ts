/** The words for what can go wrong between us and an IPP printer; the codes are those of `IppBus`. */
import { HallwardError, systemCode } from '../kernel/errors.js';

/** What was wrong with an answer's head. */
interface Head {
  readonly status: number;
  readonly location: string | undefined;
}

export const ippErrors = {
  timeout: (address: string, timeoutMilliseconds: number) =>
    new HallwardError(
      'ipp.timeout',
      'timeout',
      `${address} gives no whole answer within ${timeoutMilliseconds} ms: it may sleep or hang; look at its display`,
      { timeoutMilliseconds },
    ),

  /** An HTTP status other than 200. */
  refused(address: string, { status, location }: Head): HallwardError {
    const evidence = { status, location: location ?? null };
    return new HallwardError(
      'ipp.refused',
      'refused',
      `${address} ${statusWords(status, location)}`,
      evidence,
    );
  },

  garbled: (address: string, why: string, evidence: Record<string, string | number | null> = {}) =>
    new HallwardError('ipp.garbled', 'garbled', `${address} ${why}`, evidence),

  /** @param thrown by node:http, node:https or the system */
  failed(address: string, thrown: unknown, answering: boolean): HallwardError {
    const system = systemCode(thrown);
    const because = thrown instanceof Error ? thrown.message : String(thrown);
    const evidence = { system: system ?? null, because: because.slice(0, 200) };
    const advice = system === undefined ? undefined : certificateAdvice[system];
    if (advice !== undefined) {
      const text = `the certificate of ${address} is not trusted: ${advice}`;
      return new HallwardError('ipp.refused', 'refused', text, evidence);
    }
    if (system?.startsWith('HPE_') === true) {
      return new HallwardError('ipp.garbled', 'garbled', `${address} does not speak HTTP`, evidence);
    }
    if (system === 'EPROTO' || system?.startsWith('ERR_SSL_') === true) {
      const text = `${address} does not speak TLS as it should: use ipp: instead of ipps:, or renew its firmware`;
      return new HallwardError('ipp.garbled', 'garbled', text, evidence);
    }
    if (answering) {
      return new HallwardError('ipp.garbled', 'garbled', `the answer of ${address} was cut`, evidence);
    }
    const text = `${address} cannot be reached: ${unreachableWords(system, because)}`;
    return new HallwardError('ipp.unreachable', 'absent', text, evidence);
  },
} as const;

function statusWords(status: number, location: string | undefined): string {
  if (status >= 300 && status < 400) {
    const where = location === undefined ? 'elsewhere' : `to ${location.slice(0, 200)}`;
    return `sends us ${where} (HTTP ${status}); redirects are not followed: give that address as url if it is right`;
  }
  switch (status) {
    case 401:
    case 403:
      return `wants a password (HTTP ${status}): allow reading its state without one in its settings for IPP`;
    case 404:
    case 405:
      return `has no printer at this path (HTTP ${status}): most have it at /ipp/print`;
    case 426:
      return `wants encryption (HTTP ${status}): use ipps:`;
    default:
      return `refuses the request (HTTP ${status})`;
  }
}

/** By the codes of OpenSSL and Node. */
const certificateAdvice: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is its own; save it as a file and name that as ca',
  SELF_SIGNED_CERT_IN_CHAIN: 'who signed it is not known; name their certificate as ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'who signed it is not known; name their certificate as ca',
  UNABLE_TO_GET_ISSUER_CERT: 'who signed it is not known; name their certificate as ca',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'who signed it is not known; name their certificate as ca',
  CERT_SIGNATURE_FAILURE: 'its signature is wrong; somebody may stand between',
  CERT_UNTRUSTED: 'it is not meant for servers; make a new one on the printer',
  INVALID_CA: 'who signed it may not sign; name the printer’s own certificate as ca',
  INVALID_PURPOSE: 'it is not meant for servers; make a new one on the printer',
  CERT_HAS_EXPIRED: 'it has expired; make a new one on the printer (and look at the clock of this board)',
  CERT_NOT_YET_VALID: 'it is not valid yet; look at the clocks of the printer and of this board',
  ERR_TLS_CERT_ALTNAME_INVALID: 'it is made out to another name; use that name in url, or name it as ca',
};

function unreachableWords(system: string | undefined, because: string): string {
  switch (system) {
    case 'ECONNREFUSED':
      return 'nothing listens there; is IPP switched on in its settings?';
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EHOSTDOWN':
      return 'there is no such host on the network; is it on, is its cable in?';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'its name is not known; give its IP address';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'it closes the connection';
    default:
      return because;
  }
}
