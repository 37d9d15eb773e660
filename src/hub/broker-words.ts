/** What brokers, TLS and the network say, in words for a person. */
import { isTlsCode, tlsWords } from './tls-words.js';

/** Reason codes of MQTT 5 (specification, section 2.4). */
const reasons: Readonly<Record<number, string>> = {
  16: 'no matching subscribers',
  128: 'unspecified error',
  129: 'malformed packet',
  130: 'protocol error',
  131: 'implementation specific error',
  132: 'unsupported protocol version',
  133: 'client identifier not valid',
  134: 'bad user name or password',
  135: 'not authorized',
  136: 'server unavailable',
  137: 'server busy',
  138: 'banned',
  139: 'server shutting down',
  140: 'bad authentication method',
  141: 'keep alive timeout',
  142: 'session taken over',
  143: 'topic filter invalid',
  144: 'topic name invalid',
  145: 'packet identifier in use',
  147: 'receive maximum exceeded',
  149: 'packet too large',
  150: 'message rate too high',
  151: 'quota exceeded',
  152: 'administrative action',
  153: 'payload format invalid',
  154: 'retain not supported',
  155: 'QoS not supported',
  156: 'use another server',
  157: 'server moved',
  158: 'shared subscriptions not supported',
  159: 'connection rate exceeded',
  160: 'maximum connect time',
  161: 'subscription identifiers not supported',
  162: 'wildcard subscriptions not supported',
};

/** Return codes of CONNACK in MQTT 3.1.1 (section 3.2.2.3). */
const returns: Readonly<Record<number, string>> = {
  1: 'unsupported protocol version',
  2: 'client identifier not valid',
  3: 'server unavailable',
  4: 'bad user name or password',
  5: 'not authorized',
};

function hex(code: number): string {
  return `0x${code.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** `not authorized (0x87)`. */
export function reasonWords(code: number): string {
  return `${reasons[code] ?? 'unknown reason'} (${hex(code)})`;
}

/** The same of a CONNACK, whose codes differ by version. */
export function connackWords(code: number): string {
  return `${(code < 0x80 ? returns[code] : reasons[code]) ?? 'unknown reason'} (${hex(code)})`;
}

/** CONNACK codes by which the broker says "not now" rather than "not you". */
const passing = new Set([3, 0x88, 0x89, 0x9c, 0x9d, 0x9f]);

/** What a refusing CONNACK means: another version is wanted, not now, or no. */
export function connackKind(code: number): 'version' | 'lost' | 'refused' {
  if (code === 1 || code === 0x84) return 'version';
  return passing.has(code) ? 'lost' : 'refused';
}

/** CONNACK codes that speak of the user: 3.1.1 section 3.2.2.3, 5 section 3.2.2.2. */
const aboutTheUser: readonly unknown[] = [4, 5, 0x86, 0x87];

/** Whether a CONNACK refuses the user name or the password. */
export function isAboutTheUser(code: unknown): boolean {
  return aboutTheUser.includes(code);
}

/** DISCONNECT codes that blame what we sent or who we are. */
const blaming = new Set([
  0x80, 0x81, 0x82, 0x83, 0x87, 0x8a, 0x8f, 0x90, 0x93, 0x95, 0x99, 0x9a, 0x9b, 0x9e, 0xa1, 0xa2,
]);

/** Whether a DISCONNECT from the broker blames something that we sent. */
export function blamesUs(code: number): boolean {
  return blaming.has(code);
}

const networkWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'the host name is unknown',
  EAI_AGAIN: 'the host name cannot be looked up now',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no network',
};

/** An error of the socket or of TLS: what it means, and in which words. */
export function socketError(error: Error): { readonly kind: 'lost' | 'refused'; readonly words: string } {
  const code = (error as NodeJS.ErrnoException).code;
  if (typeof code !== 'string') return { kind: 'lost', words: plain(error.message) };
  if (isTlsCode(code)) {
    return { kind: 'refused', words: `TLS: ${tlsWords(error) ?? plain(error.message)} (${code})` };
  }
  return { kind: 'lost', words: `${networkWords[code] ?? plain(error.message)} (${code})` };
}

/** Whether TLS complains of a certificate's dates. It may have more to complain of: only the last thing is told. */
export function isAboutDates(code: unknown): code is 'CERT_NOT_YET_VALID' | 'CERT_HAS_EXPIRED' {
  return code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED';
}

/**
 * A certificate that is not valid at this time, in words with what to do (docs/decisions/0025).
 * @param dates of the certificate, RFC 3339; `undefined` where they could not be seen
 * @param now what our clock says, RFC 3339
 */
export function datesWords(
  code: 'CERT_NOT_YET_VALID' | 'CERT_HAS_EXPIRED',
  dates: { readonly from: string; readonly to: string } | undefined,
  now: string,
  clockIsTrusted: boolean,
): string {
  const early = code === 'CERT_NOT_YET_VALID';
  const what = early ? 'its certificate is not valid yet' : 'its certificate has expired';
  const span = dates === undefined ? '' : ` (valid from ${dates.from} to ${dates.to})`;
  const clock = `this controller's clock says ${now}`;
  const help =
    early || !clockIsTrusted
      ? 'set the clock: a time server that this board reaches (chrony), an RTC module, or by hand with `date -s`'
      : 'renew it at the broker, if the clock is right';
  const wait = clockIsTrusted ? '' : ', which is known to be wrong';
  return `TLS: ${what}${span}; ${clock}${wait}: ${help} (${code})`;
}

/** Text from outside as one short line without control characters. */
export function plain(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
