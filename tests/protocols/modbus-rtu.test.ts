import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex } from '../../src/kernel/bytes.js';
import { HallwardError } from '../../src/kernel/errors.js';
import {
  type ModbusRequest,
  readHoldingRegisters,
  responseDecoder,
  writeMultipleRegisters,
  writeSingleRegister,
} from '../../src/protocols/modbus-rtu.js';
import {
  bytesOf,
  cutAt,
  cuts,
  fates,
  feedAll,
  framesOf,
  garbage,
  hex,
  join,
  mostHeld,
  story,
} from './stream.js';

const read3 = readHoldingRegisters(0x11, 0x6b, 3);
const read3Answer = '11 03 06 AE 41 56 52 43 40 49 AD';
const read3Frame = { function: 3, address: 0x11, registers: [0xae41, 0x5652, 0x4340] };

const decode = (request: ModbusRequest, ...chunks: string[]) =>
  feedAll(responseDecoder(request), chunks.map(hex));

describe('a Modbus request', () => {
  it.each([
    ['reads 3 registers', read3, '11 03 00 6B 00 03 76 87', 11],
    ['reads 64 registers', readHoldingRegisters(1, 0, 64), '01 03 00 00 00 40 44 3A', 133],
    ['reads register 0x3000', readHoldingRegisters(1, 0x3000, 1), '01 03 30 00 00 01 8B 0A', 7],
    ['writes 123 to register 7', writeSingleRegister(1, 7, 123), '01 06 00 07 00 7B 78 28', 8],
    ['writes 1 to 0x3003', writeMultipleRegisters(1, 0x3003, [1]), '01 10 30 03 00 01 02 00 01 57 A0', 8],
  ] as const)('that %s has the bytes of its source', (_, request, bytes, responseBytes) => {
    expect(formatHex(request.bytes)).toBe(bytes);
    expect(request.responseBytes).toBe(responseBytes);
  });

  it.each([
    ['address 0, which nobody answers', () => readHoldingRegisters(0, 0, 1)],
    ['address 248', () => writeSingleRegister(248, 0, 0)],
    ['half an address', () => readHoldingRegisters(1.5, 0, 1)],
    ['no registers', () => readHoldingRegisters(1, 0, 0)],
    ['126 registers read', () => readHoldingRegisters(1, 0, 126)],
    ['124 registers written', () => writeMultipleRegisters(1, 0, Array(124).fill(0))],
    ['no registers written', () => writeMultipleRegisters(1, 0, [])],
    ['registers beyond 65535', () => readHoldingRegisters(1, 65535, 2)],
    ['a value of 65536', () => writeSingleRegister(1, 0, 65536)],
    ['a value below 0', () => writeMultipleRegisters(1, 0, [1, -1])],
    ['no number', () => writeSingleRegister(1, 0, Number.NaN)],
  ])('is refused for %s', (_, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'modbus.out-of-range', kind: 'usage' }));
  });
});

describe('the answer to a Modbus request', () => {
  it.each([
    ['three registers', read3, read3Answer, read3Frame],
    [
      'register 0x3000',
      readHoldingRegisters(1, 0x3000, 1),
      '01 03 02 00 08 B9 82',
      { function: 3, address: 1, registers: [8] },
    ],
    [
      'a written register',
      writeSingleRegister(1, 7, 123),
      '01 06 00 07 00 7B 78 28',
      { function: 6, address: 1, register: 7, value: 123 },
    ],
    [
      'written registers',
      writeMultipleRegisters(1, 0x3003, [1]),
      '01 10 30 03 00 01 FE C9',
      { function: 16, address: 1, start: 0x3003, count: 1 },
    ],
  ] as const)('is read: %s', (_, request, answer, frame) => {
    expect(decode(request, answer)).toEqual([{ frame, bytes: hex(answer) }]);
  });

  it.each([
    [0x11, '11 83 04 41 36', 4, 'slave device failure'],
    [1, '01 83 04 40 F3', 4, 'slave device failure'],
  ])('of slave %d is an exception: %s', (address, bytes, exception, meaning) => {
    const [error] = framesOf(decode(readHoldingRegisters(address, 0, 2), bytes));
    expect(error).toBeInstanceOf(HallwardError);
    expect(error).toMatchObject({
      code: 'modbus.exception',
      kind: 'refused',
      evidence: { function: 3, exception, meaning },
    });
  });

  it('is an exception for functions 06 and 16, too', () => {
    expect(framesOf(decode(writeSingleRegister(1, 0, 0), '01 86 02 C3 A1'))).toMatchObject([
      { evidence: { function: 6, exception: 2, meaning: 'illegal data address' } },
    ]);
    expect(framesOf(decode(writeMultipleRegisters(1, 0, [0]), '01 90 02 CD C1'))).toMatchObject([
      { evidence: { function: 16, exception: 2, meaning: 'illegal data address' } },
    ]);
  });

  it('is found behind leading junk', () => {
    const found = decode(read3, `20 54 54 FF ${read3Answer}`);
    expect(story(found)).toEqual(['20 54 54 FF unknown-bytes', 'frame']);
    expect(framesOf(found)).toEqual([read3Frame]);
  });

  it('is found behind a piece of itself', () => {
    expect(story(decode(read3, `11 03 06 AE ${read3Answer}`))).toEqual(['11 03 06 AE crc', 'frame']);
  });

  it('with a wrong checksum costs that frame alone, and is named', () => {
    const bad = '11 03 06 AE 41 56 52 43 40 49 AC';
    expect(story(decode(read3, `${bad} ${read3Answer}`))).toEqual([`${bad} crc`, 'frame']);
  });

  it.each([
    ['01 10 30 0C 00 01 02 00 01 FA C8', writeMultipleRegisters(1, 0x300c, [1])],
    ['01 10 30 00 00 01 AF 09', writeMultipleRegisters(1, 0x3000, [1])],
    ['01 03 30 0D 00 01 79 84', readHoldingRegisters(1, 0x300d, 1)],
  ])('is not read out of the misprinted frame %s', (frame, request) => {
    const decoder = responseDecoder(request);
    const found = [...decoder.feed(hex(frame)), ...decoder.idle()];
    expect(framesOf(found)).toEqual([]);
    expect(formatHex(bytesOf(found))).toBe(frame);
  });

  it('of another slave is discarded whole', () => {
    const request = readHoldingRegisters(1, 0x3000, 1);
    expect(story(decode(request, '02 03 02 00 08 FD 82 01 03 02 00 08 B9 82'))).toEqual([
      '02 03 02 00 08 FD 82 other-address',
      'frame',
    ]);
  });

  it('to another question is discarded whole', () => {
    const write = writeSingleRegister(1, 7, 123);
    expect(story(decode(write, '01 06 00 07 00 7C 39 EA'))).toEqual([
      '01 06 00 07 00 7C 39 EA unexpected-answer',
    ]);
    const writeMany = writeMultipleRegisters(1, 0x3003, [1]);
    expect(story(decode(writeMany, '01 10 30 04 00 01 4F 08'))).toEqual([
      '01 10 30 04 00 01 4F 08 unexpected-answer',
    ]);
    expect(story(decode(read3, '11 03 04 00 01 00 02 3B F3'))).toEqual([
      '11 03 04 00 01 00 02 3B F3 unexpected-answer',
    ]);
    // An exception for function 7, which nobody asked.
    expect(story(decode(write, '01 87 01 82 30'))).toEqual(['01 87 01 82 30 unexpected-answer']);
  });

  it('with more registers than asked for is not read', () => {
    const found = decode(readHoldingRegisters(0x11, 0, 1), read3Answer);
    expect(framesOf(found)).toEqual([]);
    expect(story(found)[0]).toMatch(/^11 03 06 .*wrong-length$/);
  });

  it('is not taken from the echo of a read, and is found behind it', () => {
    const found = decode(read3, `11 03 00 6B 00 03 76 87 ${read3Answer}`);
    expect(story(found)).toEqual(['11 03 00 6B 00 03 76 87 echo', 'frame']);
  });

  it('is not taken from the echo of a read that begins like a valid answer', () => {
    const request = readHoldingRegisters(4, 0x02b0, 1);
    expect(formatHex(request.bytes)).toBe('04 03 02 B0 00 01 84 00');
    // 04 03 02 B0 00 with checksum 01 84 is a whole answer (register = B000), and the beginning of the request.
    const echoed = decode(request, '04 03 02 B0 00', '01 84', '00', '04 03 02 12 34 79 33');
    expect(story(echoed)).toEqual(['04 03 02 B0 00 01 84 00 echo', 'frame']);
    expect(framesOf(echoed)).toEqual([{ function: 3, address: 4, registers: [0x1234] }]);
    // Where nothing follows it was the answer.
    const decoder = responseDecoder(request);
    expect(decoder.feed(hex('04 03 02 B0 00 01 84'))).toEqual([]);
    expect(framesOf(decoder.idle())).toEqual([{ function: 3, address: 4, registers: [0xb000] }]);
  });

  it('is not taken from the echo of a write of many, and is found behind it', () => {
    const request = writeMultipleRegisters(1, 0x3003, [1]);
    expect(story(decode(request, '01 10 30 03 00 01 02 00 01 57 A0 01 10 30 03 00 01 FE C9'))).toEqual([
      '01 10 30 03 00 01 02 00 01 57 A0 echo',
      'frame',
    ]);
  });

  it('that breaks off is unfinished when the line falls silent', () => {
    const decoder = responseDecoder(read3);
    expect(decoder.feed(hex('11 03 06 AE 41'))).toEqual([]);
    expect(story(decoder.idle())).toEqual(['11 03 06 AE 41 unfinished']);
    expect(decoder.idle()).toEqual([]);
    expect(framesOf(decoder.feed(hex(read3Answer)))).toEqual([read3Frame]);
  });

  it('that is an exception behind the beginning of a longer frame comes with the silence', () => {
    const decoder = responseDecoder(read3);
    expect(decoder.feed(hex('11 03 06 11 83 04 41 36'))).toEqual([]);
    expect(story(decoder.idle())).toEqual(['11 03 06 unfinished', 'frame']);
  });
});

describe('the Modbus decoder', () => {
  const register = fc.integer({ min: 0, max: 0xffff });
  const address = fc.integer({ min: 0x40, max: 0x7f });
  const readRequest = fc
    .tuple(address, register, fc.integer({ min: 1, max: 12 }))
    .map(([slave, start, count]) => readHoldingRegisters(slave, Math.min(start, 0xfff0), count));
  const request = fc.oneof(
    readRequest,
    fc.tuple(address, register, register).map((parts) => writeSingleRegister(...parts)),
    fc
      .tuple(
        address,
        fc.integer({ min: 0, max: 0xff00 }),
        fc.array(register, { minLength: 1, maxLength: 12 }),
      )
      .map((parts) => writeMultipleRegisters(...parts)),
  );
  /** Noise in which no place looks like the beginning of a frame: no function code follows any byte. */
  const quietBytes = Array.from({ length: 0x40 }, (_, byte) => byte).filter(
    (byte) => ![3, 6, 16].includes(byte),
  );
  const quietNoise = fc
    .array(fc.constantFrom(...quietBytes), { maxLength: 20 })
    .map((bytes) => Uint8Array.from(bytes));

  /** An answer by the rule, its checksum reckoned bit by bit, not by the code under test. */
  function answerTo({ address, function: code, count, bytes }: ModbusRequest, registers: readonly number[]) {
    const words = Array.from({ length: count }, (_, at) => registers[at] ?? 0).flatMap((word) => [
      word >> 8,
      word & 0xff,
    ]);
    return code === 3 ? withCrc([address, 3, 2 * count, ...words]) : withCrc([...bytes.subarray(0, 6)]);
  }
  function withCrc(bytes: readonly number[]): Uint8Array {
    let crc = 0xffff;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
    }
    return Uint8Array.of(...bytes, crc & 0xff, crc >> 8);
  }
  const answers = fc.array(
    fc.tuple(quietNoise, fc.array(register, { minLength: 12, maxLength: 12 }), fc.boolean()),
    {
      maxLength: 8,
    },
  );

  it('finds every answer, cut anywhere, glued together, with noise between, and accounts for each byte', () => {
    fc.assert(
      fc.property(request, answers, cuts, (asked, parts, shares) => {
        const exception = withCrc([asked.address, asked.function | 0x80, 2]);
        const frames = parts.map(([, registers, refused]) =>
          refused ? exception : answerTo(asked, registers),
        );
        // An answer that is at the same time the beginning of its request can't be glued to what follows.
        fc.pre(
          frames.every(
            (frame) => asked.function === 6 || formatHex(asked.bytes).indexOf(formatHex(frame)) !== 0,
          ),
        );
        const stream = join(parts.flatMap(([noise], index) => [noise, frames[index] ?? noise]));
        const decoder = responseDecoder(asked);
        const found = [...feedAll(decoder, cutAt(stream, shares)), ...decoder.idle()];
        const whole = found.flatMap((decoded) => ('frame' in decoded ? [formatHex(decoded.bytes)] : []));
        expect(whole).toEqual(frames.map((frame) => formatHex(frame)));
        expect(bytesOf(found)).toEqual(stream);
      }),
      { numRuns: 500 },
    );
  });

  it('loses only the frames in which a bit is wrong', () => {
    const flipped = fc.option(fc.nat(), { nil: undefined });
    fc.assert(
      fc.property(
        readRequest,
        fc.array(fc.tuple(fc.array(register, { minLength: 12, maxLength: 12 }), flipped), { maxLength: 8 }),
        cuts,
        (asked, parts, shares) => {
          const sent = parts.map(([registers, bit]) => {
            const frame = answerTo(asked, registers);
            const place = bit === undefined ? undefined : bit % (frame.length * 8);
            if (place !== undefined) frame[place >> 3]! ^= 1 << (place & 7);
            return { frame, good: place === undefined };
          });
          const stream = join(sent.map(({ frame }) => frame));
          const decoder = responseDecoder(asked);
          const found = [...feedAll(decoder, cutAt(stream, shares)), ...decoder.idle()];
          const whole = found.flatMap((decoded) => ('frame' in decoded ? [formatHex(decoded.bytes)] : []));
          expect(whole).toEqual(sent.filter(({ good }) => good).map(({ frame }) => formatHex(frame)));
          expect(bytesOf(found)).toEqual(stream);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('accounts for arbitrary bytes, and says the same of each however they were cut', () => {
    // Mostly bytes that look like headers, so that the far corners are visited.
    const byte = fc.oneof(
      fc.constantFrom(0x40, 0x41, 3, 6, 16, 0x83, 0x86, 0x90, 2, 4, 0),
      fc.integer({ min: 0, max: 255 }),
    );
    fc.assert(
      fc.property(
        request,
        fc.uint8Array({ maxLength: 300 }),
        fc.array(byte, { maxLength: 100 }),
        cuts,
        (asked, wild, tame, shares) => {
          const stream = join([wild, Uint8Array.from(tame), asked.bytes, wild]);
          const [once, often] = [responseDecoder(asked), responseDecoder(asked)];
          const atOnce = [...once.feed(stream), ...once.idle()];
          const inPieces = [...feedAll(often, cutAt(stream, shares)), ...often.idle()];
          expect(bytesOf(atOnce)).toEqual(stream);
          expect(fates(inPieces)).toEqual(fates(atOnce));
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([1, 7, 4096, 65536])(
    'holds no more than a frame of a megabyte of garbage, in chunks of %d',
    (size) => {
      const longest = readHoldingRegisters(1, 0, 125);
      expect(mostHeld(responseDecoder(longest), garbage(1_000_000), size)).toBeLessThanOrEqual(256);
      const beginnings = garbage(100_000, [1, 3, 250]);
      expect(mostHeld(responseDecoder(longest), beginnings, size)).toBeLessThanOrEqual(256);
    },
  );
});
