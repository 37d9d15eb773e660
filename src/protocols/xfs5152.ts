/**
 * XFS5152CE, the speech module by iFLYTEK (科大讯飞): `FD`, length (two bytes, from the command on), command, its data.
 * There is no checksum.
 *
 * Source: XFS5152CE development guide as followed by https://github.com/isdom/XFS5152CE and
 * https://github.com/lebinlv/XFS5152CE, which agree.
 */
import type { VoiceCodec, VoiceEncoding } from './voice-codec.js';

const head = 0xfd;
const speak = 0x01;
const encodings: Readonly<Record<VoiceEncoding, number>> = { gb2312: 0, gbk: 1, big5: 2, unicode: 3 };
/** The module takes 4 KB; a frame of this length takes 1 s at 9600 baud, and is soon said again where it was garbled. */
const mostTextBytes = 1000;

/** Unicode is little-endian here. */
export const xfs5152: VoiceCodec = {
  mostTextBytes,
  speak(text, encoding) {
    if (text.length === 0 || text.length > mostTextBytes) {
      throw new RangeError(`a text of ${text.length} bytes; expected 1 to ${mostTextBytes}`);
    }
    return frame(speak, encodings[encoding], ...text);
  },
  stop: frame(0x02),
  pause: frame(0x03),
  resume: frame(0x04),
  status: frame(0x21),
  sleep: frame(0x88),
  wake: frame(0xff),
};

/**
 * Tags that stand before a text: back to the standard, volume, pace.
 * @param volumePercent 0 to 100, of the module's steps 0 to 9; never less than one
 * @param speed 0 (slow) to 9
 */
export function xfs5152Tags(volumePercent: number, speed: number): string {
  return `[d][v${Math.min(9, Math.max(1, Math.round((volumePercent * 9) / 100)))}][s${speed}]`;
}

function frame(...data: readonly number[]): Uint8Array {
  return Uint8Array.of(head, data.length >> 8, data.length & 0xff, ...data);
}
