import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex } from '../../src/kernel/bytes.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { crc16Arc } from '../../src/protocols/checksums.js';
import {
  answerDecoder,
  areaPayload,
  type OnbonArea,
  onbonFrame,
  ping,
  setBrightness,
  showArea,
} from '../../src/protocols/onbon5.js';
import { encodeText } from '../../src/protocols/text-encoding.js';
import {
  ascii,
  bytesOf,
  cutAt,
  cuts,
  fates,
  feedAll,
  framesOf,
  hex,
  join,
  mostHeld,
  story,
} from './stream.js';

const head = 'A5 A5 A5 A5 A5 A5 A5 A5';
const toCard = `${head} 01 00 00 80 00 00 00 00 00 00`;

/** Captured frames, as strongercjd/Onbon-Protocol-Analysis and three hosts print them. */
const captured = {
  ping: `${toCard} FE 02 05 00 A2 00 01 00 00 68 F8 5A`,
  status: `${toCard} FE 02 05 00 A1 02 01 00 00 2D 40 5A`,
  time: `${toCard} FE 02 0D 00 A2 03 01 08 00 13 20 01 25 11 17 26 05 B0 3F 5A`,
  deleteAreas: `${toCard} FE 02 07 00 A3 06 01 02 00 FF 00 67 CC 5A`,
  brightness: `${toCard} FE 02 07 00 A3 02 01 02 00 01 0C 26 2D 5A`,
  clear: `${toCard} FE 02 05 00 A3 10 01 00 00 51 F8 5A`,
  acknowledge: `${head} 00 80 01 00 00 00 00 00 00 00 FE 02 05 00 A0 00 00 00 00 64 DC 5A`,
  temperature: `${toCard} FE 02 35 00 A3 06 02 00 00 00 01 2C 00 00 00 00 0C 00 40 00 0C 00 01 0A 01 02 00 00 00 00 01 01 01 00 17 02 11 00 00 00 5C 46 4F 30 30 30 54 45 4D 50 45 52 3A 32 31 A1 E6 82 DA 5A`,
  humidity: `${toCard} FE 02 33 00 A3 06 02 00 00 00 01 2A 00 00 00 00 18 00 40 00 0C 00 01 0A 01 02 00 00 00 00 01 01 01 00 17 02 0F 00 00 00 5C 46 4F 30 30 30 48 55 4D 3A 36 36 25 52 48 36 7A 5A`,
} as const;

const area: OnbonArea = {
  ...{ id: 1, x: 0, y: 12, width: 512, height: 12 },
  ...{ effect: 1, run: 1, speed: 0x17, stay: 2, lineSpacing: 0x0a, singleLine: true },
  text: encodeText('\\FO000TEMPER:21℃', 'gb2312'),
};
const acknowledgement = hex(captured.acknowledge);
const request = ping(1);

/** An answer of a card, made here from its parts. */
function answerOf(data: string, { from = 1, to = 0x8000 } = {}): Uint8Array {
  const low = (value: number) => [value & 0xff, value >> 8];
  const content = hex(data);
  const body = Uint8Array.of(
    ...low(to),
    ...low(from),
    0,
    0,
    0,
    0,
    0,
    0,
    0xfe,
    2,
    ...low(content.length),
    ...content,
  );
  return join([hex(head), body, Uint8Array.from(low(crc16Arc(body))), hex('5A')]);
}

const decode = (...chunks: Uint8Array[]) => {
  const decoder = answerDecoder(1, request);
  return [...feedAll(decoder, chunks), ...decoder.idle()];
};

describe('CRC-16/ARC', () => {
  it('of 123456789 is BB3D', () => {
    expect(crc16Arc(ascii('123456789'))).toBe(0xbb3d);
  });

  it.each(Object.entries(captured))('agrees with the captured frame %s', (_, frame) => {
    const bytes = hex(frame);
    expect(crc16Arc(bytes.subarray(8, -3))).toBe(bytes.at(-3)! | (bytes.at(-2)! << 8));
  });
});

describe('a frame for an Onbon card', () => {
  it.each([
    ['ping', ping(1)],
    ['status', onbonFrame({ address: 1, group: 0xa1, command: 2 })],
    ['deleteAreas', onbonFrame({ address: 1, group: 0xa3, command: 6, payload: hex('FF 00') })],
    ['brightness', setBrightness(1, 12)],
    ['clear', onbonFrame({ address: 1, group: 0xa3, command: 0x10 })],
  ] as const)('is the captured one: %s', (name, made) => {
    expect(formatHex(made)).toBe(captured[name]);
  });

  it('that sets the time is the captured one', () => {
    const payload = hex('13 20 01 25 11 17 26 05');
    expect(formatHex(onbonFrame({ address: 1, group: 0xa2, command: 3, payload }), 99)).toBe(captured.time);
  });

  it('that shows a text is the captured one, but for the two bytes that other hosts fill otherwise', () => {
    const temperature = onbonFrame({
      ...{ address: 1, group: 0xa3, command: 6, answer: 2, reserved: 0 },
      payload: areaPayload(area),
    });
    expect(formatHex(temperature, 99)).toBe(captured.temperature);
    const text = encodeText('\\FO000HUM:66%RH', 'gb2312');
    const payload = areaPayload({ ...area, y: 24, text });
    const humidity = onbonFrame({ address: 1, group: 0xa3, command: 6, answer: 2, reserved: 0, payload });
    expect(formatHex(humidity, 99)).toBe(captured.humidity);
    expect(formatHex(showArea(1, area).subarray(22, 28))).toBe('A3 06 01 30 00 00');
  });

  it('has pixels across where they are no multiple of eight', () => {
    const payload = areaPayload({ ...area, x: 8, width: 60 });
    expect(formatHex(payload.subarray(5, 7))).toBe('01 00');
    expect(formatHex(payload.subarray(9, 11))).toBe('3C 80');
  });

  it('has A5, A6, 5A and 5B escaped between its ends', () => {
    const made = onbonFrame({ address: 0x5aa5, group: 0xa6, command: 0x5b, answer: 0 });
    expect(formatHex(made.subarray(8, 12))).toBe('A6 02 5B 02');
    expect([...made.subarray(8, -1)].filter((byte) => byte === 0xa5 || byte === 0x5a)).toEqual([]);
    expect(formatHex(made)).toContain('A6 01 5B 01 00');
  });

  it.each([
    ['a level above 15', () => setBrightness(1, 16)],
    ['half a level', () => setBrightness(1, 1.5)],
    ['a text that is too long', () => showArea(1, { ...area, text: new Uint8Array(1025) })],
    ['an area off any screen', () => showArea(1, { ...area, x: 40_000 })],
    ['an address beyond 65535', () => ping(65_536)],
  ])('is not made for %s', (_, make) => {
    expect(make).toThrow(HallwardError);
  });
});

describe('the answer of an Onbon card', () => {
  it('is the captured acknowledgement', () => {
    expect(framesOf(decode(acknowledgement))).toEqual([
      { group: 0xa0, command: 0, payload: new Uint8Array(0) },
    ]);
  });

  it.each(['A0 01 03 00 00', 'A0 00 01 00 00', 'A1 05 00 00 00'])('%s is a refusal', (data) => {
    const [frame] = framesOf(decode(answerOf(data)));
    expect(frame).toMatchObject({ code: 'onbon.refused', kind: 'refused' });
  });

  it('may be anything else that answers a question', () => {
    expect(framesOf(decode(answerOf('A1 02 00 00 00 01 02 03')))).toEqual([
      { group: 0xa1, command: 2, payload: hex('01 02 03') },
    ]);
  });

  it('of another card, or for another host, is none', () => {
    expect(story(decode(answerOf('A0 00 00 00 00', { from: 2 })))).toEqual([
      expect.stringMatching(/ other-address$/),
    ]);
    expect(story(decode(answerOf('A0 00 00 00 00', { to: 3 })))).toEqual([
      expect.stringMatching(/ other-address$/),
    ]);
  });

  it('is found behind our own echo', () => {
    const found = decode(join([request, acknowledgement]));
    expect(story(found)).toEqual([`${formatHex(request)} echo`, 'frame']);
  });

  it('with a wrong checksum is refused: the frame that a reseller prints, too', () => {
    for (let at = 8; at < acknowledgement.length - 1; at++) {
      const spoiled = Uint8Array.from(acknowledgement);
      spoiled[at]! ^= 0x01;
      expect(framesOf(decode(spoiled))).toEqual([]);
    }
    // A page prints A8 7D for a frame whose width was edited afterwards: right is BD 6F, and A8 7D with 18 00.
    const reseller = (width: string, sum: string) =>
      hex(captured.humidity.replace('40 00', width).replace('36 7A 5A', `${sum} 5A`));
    expect(framesOf(decode(reseller('80 00', 'A8 7D')))).toEqual([]);
  });

  it('that says it carries no checksum is not believed', () => {
    const body = hex('00 80 01 00 00 00 00 00 02 00 FE 02 05 00 A0 00 00 00 00');
    expect(framesOf(decode(join([hex(head), body, hex('FF FF 5A')])))).toEqual([]);
  });

  it('broken off costs that frame alone', () => {
    const found = decode(join([acknowledgement.subarray(0, 20), acknowledgement]));
    expect(story(found)).toEqual([expect.stringMatching(/ broken-off$/), 'frame']);
  });

  it('may have its tail repeated and its head worn', () => {
    expect(story(decode(join([acknowledgement, hex('5A 5A')])))).toEqual(['frame', '5A 5A unknown-bytes']);
    expect(story(decode(acknowledgement.subarray(5)))).toEqual(['frame']);
  });

  it('is the same however the stream is cut, and no byte is lost', () => {
    const piece = fc.oneof(
      fc.constant(acknowledgement),
      fc.constant(answerOf('A0 01 A5 5A A6')),
      fc.constant(answerOf('A1 02 00 00 00 A5 A6 5A 5B')),
      fc.constant(request),
      fc.uint8Array({ maxLength: 12 }),
      fc.constant(hex('A5 5A')),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), cuts, (pieces, shares) => {
        const stream = join(pieces);
        const whole = decode(stream);
        expect(fates(decode(...cutAt(stream, shares)))).toEqual(fates(whole));
        expect(bytesOf(whole)).toEqual(stream);
      }),
    );
  });

  it('is found again behind any noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(framesOf(decode(join([noise, hex('5A'), acknowledgement]))).at(-1)).toMatchObject({
          group: 0xa0,
        });
      }),
    );
  });

  it('is waited for with a bounded memory', () => {
    const endless = new Uint8Array(10_000).fill(0x11);
    endless[0] = 0xa5;
    expect(mostHeld(answerDecoder(1, request), endless, 9)).toBeLessThan(600);
  });
});

describe('what was escaped', () => {
  it('comes out again whatever it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (payload) => {
        const length = 5 + payload.length;
        const body = Uint8Array.of(
          0,
          0x80,
          1,
          0,
          0,
          0,
          0,
          0,
          0,
          0,
          0xfe,
          2,
          length,
          0,
          0xa1,
          2,
          0,
          0,
          0,
          ...payload,
        );
        // As a card would send it: the same frame, from 1 to 8000.
        const sent = onbonFrame({
          address: 0x8000,
          group: 0xa1,
          command: 2,
          payload,
          answer: 0,
          reserved: 0,
        });
        const sum = crc16Arc(body);
        const plain = [...body, sum & 0xff, sum >> 8];
        const escapes: Record<number, number[]> = {
          165: [0xa6, 2],
          166: [0xa6, 1],
          90: [0x5b, 2],
          91: [0x5b, 1],
        };
        const escaped = plain.flatMap((byte) => escapes[byte] ?? [byte]);
        const found = framesOf(decode(join([hex(head), Uint8Array.from(escaped), hex('5A')])));
        expect(found).toEqual([{ group: 0xa1, command: 2, payload }]);
        expect(sent.at(-1)).toBe(0x5a);
      }),
    );
  });
});
