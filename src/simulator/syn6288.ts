/**
 * A SYN6288 on a serial line. Frames: FD, length high, length low, command, data, exclusive or of all before; the length
 * counts from the command to the checksum (SYN6288 data sheet V1.7: `FD 00 02 21 DE` asks for the status).
 */
import type { Clock } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import type { SimulatedVoice } from './spoken-text.js';
import { type SimulatedVoiceOptions, VoiceChip } from './voice-chip.js';

export function simulatedSyn6288(
  farEnd: FarEnd,
  clock: Clock,
  options: SimulatedVoiceOptions = {},
): SimulatedVoice {
  return new VoiceChip(
    farEnd,
    clock,
    {
      name: 'SYN6288',
      standardVolume: 10,
      sounds: /sound[a-y]|msg[a-h]|ring[a-o]/g,
      wake: 'any',
      cut(received) {
        if (received.length < 3) return 'more';
        const length = received[1]! * 256 + received[2]!;
        // One command byte and the checksum at the least; command, parameter, 200 bytes and checksum at the most.
        if (length < 2 || length > 203) return { length: 3, bad: true };
        if (received.length < 3 + length) return 'more';
        let check = 0;
        for (const byte of received.subarray(0, 2 + length)) check ^= byte;
        if (check !== received[2 + length]) return { length: 3 + length, bad: true };
        return { length: 3 + length, command: received[3]!, data: received.subarray(4, 2 + length) };
      },
      decode(data) {
        // The low three bits; the others choose music.
        const encoding = ['gb2312', 'gbk', 'big5', 'utf-16be'][data[0]! & 0x07];
        if (encoding === undefined || data.length < 2) return undefined;
        return new TextDecoder(encoding).decode(data.subarray(1));
      },
    },
    options,
  );
}
