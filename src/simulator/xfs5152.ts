/**
 * An XFS5152CE on its serial port. Frames: FD, length high, length low, command, data; no checksum; the length counts
 * from the command on (`FD 00 01 21` asks for the status; https://github.com/lebinlv/XFS5152CE).
 */
import type { Clock } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import type { SimulatedVoice } from './spoken-text.js';
import { type SimulatedVoiceOptions, VoiceChip } from './voice-chip.js';

export function simulatedXfs5152(
  farEnd: FarEnd,
  clock: Clock,
  options: SimulatedVoiceOptions = {},
): SimulatedVoice {
  return new VoiceChip(
    farEnd,
    clock,
    {
      name: 'XFS5152CE',
      standardVolume: 5,
      // Their names are not published where we could read them; any of this form is taken for one.
      sounds: /sound\d{3}/g,
      wake: 0xff,
      cut(received) {
        if (received.length < 3) return 'more';
        const length = received[1]! * 256 + received[2]!;
        if (length < 1 || length > 4_098) return { length: 3, bad: true };
        if (received.length < 3 + length) return 'more';
        return { length: 3 + length, command: received[3]!, data: received.subarray(4, 3 + length) };
      },
      decode(data) {
        const encoding = ['gb2312', 'gbk', 'big5', 'utf-16le'][data[0]!];
        if (encoding === undefined || data.length < 2) return undefined;
        return new TextDecoder(encoding).decode(data.subarray(1));
      },
    },
    options,
  );
}
