/** What the speech modules have in common: their commands, and the bytes of one reply. */
import type { Framing } from '../kernel/framing.js';
import { discardOne, scanningDecoder } from './scanning-decoder.js';

/** How the text of a speak command is encoded; which Unicode is the module's own matter. */
export type VoiceEncoding = 'gb2312' | 'gbk' | 'big5' | 'unicode';

/** One module's frames. All of them are whole frames, ready to be sent. */
export interface VoiceCodec {
  /** The longest text of one speak command, tags included, in bytes. */
  readonly mostTextBytes: number;
  /** Says `text`. Throws a RangeError for a text that is empty or longer than `mostTextBytes`. */
  speak(text: Uint8Array, encoding: VoiceEncoding): Uint8Array;
  readonly stop: Uint8Array;
  readonly pause: Uint8Array;
  readonly resume: Uint8Array;
  /** Answered by `accepted`, then `busy` or `idle`. */
  readonly status: Uint8Array;
  readonly sleep: Uint8Array;
  /** Ends the sleep; `null` where any command does that. */
  readonly wake: Uint8Array | null;
}

/**
 * What a module says, asked or not. `ready`: it has just started; `idle` comes unasked, too, when it has come to the
 * end of what it said.
 */
export type VoiceReply = 'ready' | 'accepted' | 'refused' | 'busy' | 'idle';

/** SYN6288 data sheet V1.7 and XFS5152CE development guide agree: 4A, 41, 45, 4E, 4F. */
const replies: ReadonlyMap<number, VoiceReply> = new Map([
  [0x4a, 'ready'],
  [0x41, 'accepted'],
  [0x45, 'refused'],
  [0x4e, 'busy'],
  [0x4f, 'idle'],
]);

/** Each reply is one byte; anything else is discarded as `unknown-bytes`. The wire belongs to one module. */
export const voiceReplies: Framing<null, { readonly listener: number; readonly reply: VoiceReply }> = {
  name: 'voice-replies',
  idleMilliseconds: 100,
  decoder: (parameters) =>
    scanningDecoder<{ listener: number; reply: VoiceReply }>((bytes, offset) => {
      const reply = parameters.length > 0 ? replies.get(bytes[offset]!) : undefined;
      return reply === undefined ? discardOne : { frame: { listener: 0, reply }, length: 1 };
    }, 1),
};
