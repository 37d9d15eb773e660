/** Why a connection ended, of what the broker, TLS and the network said. Pure. */
import {
  blamesUs,
  connackKind,
  connackWords,
  datesWords,
  isAboutDates,
  plain,
  reasonWords,
  socketError,
} from './broker-words.js';
import type { ConnectionEnd } from './connection-types.js';

/** What of a connection was there already when it ended. */
export interface Progress {
  /** TCP, and TLS where it is used, stood. */
  readonly reached: boolean;
  /** CONNACK said yes. */
  readonly opened: boolean;
}

/** The broker said DISCONNECT (MQTT 5). */
export function endByDisconnect(code: number, reasonString: string | undefined): ConnectionEnd {
  const said = reasonString === undefined ? '' : `: ${plain(reasonString)}`;
  return {
    kind: code === 0x8e ? 'taken-over' : blamesUs(code) ? 'refused' : 'lost',
    words: `the broker disconnected us: ${reasonWords(code)}${said}`,
    reasonCode: code,
    blamesUs: blamesUs(code),
  };
}

/** Closed without a word. */
export function endByClose({ reached, opened }: Progress): ConnectionEnd {
  const words = opened ? 'the broker closed the connection' : 'closed without CONNACK';
  return {
    kind: opened || !reached ? 'lost' : 'silent',
    words,
    blamesUs: false,
    unexplained: opened,
  };
}

/** What is known of a certificate's dates where TLS complains of them. */
export interface DatesKnown {
  /** Of the broker's certificate, RFC 3339; `undefined` where they could not be seen. */
  readonly dates: { readonly from: string; readonly to: string } | undefined;
  /** What our clock says, RFC 3339. */
  readonly now: string;
  readonly clockIsTrusted: boolean;
}

/** An error of MQTT.js, of the socket or of TLS. */
export function endByError(error: Error, progress: Progress, known: () => DatesKnown): ConnectionEnd {
  const { reached, opened } = progress;
  const code = (error as { code?: unknown }).code;
  if (!opened && typeof code === 'number' && code < 0x100) {
    const words = `the broker refuses the connection: ${connackWords(code)}`;
    return { kind: connackKind(code), words, reasonCode: code, blamesUs: false };
  }
  if (isAboutDates(code)) {
    const { dates, now, clockIsTrusted } = known();
    const words = datesWords(code, dates, now, clockIsTrusted);
    return { kind: 'refused', words, blamesUs: false, wrongDates: true };
  }
  const { kind, words } = socketError(error);
  // A reset or garbage instead of CONNACK is how some brokers meet a version that they do not know.
  const silent = !opened && kind === 'lost' && reached;
  const unexplained = opened && (code === 'ECONNRESET' || code === 'EPIPE');
  return { kind: silent ? 'silent' : kind, words, blamesUs: false, unexplained };
}
