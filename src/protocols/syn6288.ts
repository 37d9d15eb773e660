/**
 * SYN6288, the speech module by Beijing Yutone (宇音天下): `FD`, length (two bytes, from the command to the checksum),
 * command, its data, and the exclusive or of every byte before.
 *
 * Source: SYN6288 data sheet V1.7 (in https://github.com/libdriver/syn6288, whose code agrees): frames, commands, tags.
 */
import type { VoiceCodec, VoiceEncoding } from './voice-codec.js';

const head = 0xfd;
const speak = 0x01;
const encodings: Readonly<Record<VoiceEncoding, number>> = { gb2312: 0, gbk: 1, big5: 2, unicode: 3 };
const mostTextBytes = 200;

/** Unicode is big-endian here. A speak command has no background music. */
export const syn6288: VoiceCodec = {
  mostTextBytes,
  speak(text, encoding) {
    if (text.length === 0 || text.length > mostTextBytes) {
      throw new RangeError(`a text of ${text.length} bytes; a SYN6288 takes 1 to ${mostTextBytes}`);
    }
    return frame(speak, encodings[encoding], ...text);
  },
  stop: frame(0x02),
  pause: frame(0x03),
  resume: frame(0x04),
  status: frame(0x21),
  sleep: frame(0x88),
  wake: null,
};

/**
 * Tags that stand before a text: back to the standard, volume, no background, pace, built-in sounds on or off.
 * @param volumePercent 0 to 100, of the module's 16 steps; never less than one
 * @param speed 0 (slow) to 5
 * @param sounds whether names such as `sounda` in the text are played instead of spelled
 */
export function syn6288Tags(volumePercent: number, speed: number, sounds: boolean): string {
  const volume = Math.min(16, Math.max(1, Math.round((volumePercent * 16) / 100)));
  return `[d][v${volume}][m0][t${speed}][x${sounds ? 1 : 0}]`;
}

function frame(...data: readonly number[]): Uint8Array {
  const length = data.length + 1;
  const bytes = [head, length >> 8, length & 0xff, ...data];
  return Uint8Array.of(
    ...bytes,
    bytes.reduce((sum, byte) => sum ^ byte, 0),
  );
}
