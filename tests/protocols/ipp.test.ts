import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HallwardError } from '../../src/kernel/errors.js';
import { decodeResponse, encodeRequest, getPrinterAttributes } from '../../src/protocols/ipp.js';
import type { IppAttributes, IppValue } from '../../src/protocols/ipp-values.js';
import { hexBytes } from '../../src/simulator/hex.js';
import { attribute, octets, printerAnswer } from './ipp-bytes.js';

/** RFC 2565, 9.2, with the job-state's tag as RFC 8010, A.2 has it: Print-Job response, successful. */
const printJobResponse = octets(
  ...['0x0100', '0x0000', '0x00000001', '0x01'],
  ...['0x47', '0x0012', 'attributes-charset', '0x0008', 'us-ascii'],
  ...['0x48', '0x001B', 'attributes-natural-language', '0x0005', 'en-us'],
  ...['0x41', '0x000E', 'status-message', '0x000D', 'successful-ok'],
  '0x02',
  ...['0x21', '0x0006', 'job-id', '0x0004', '0x00000093'],
  ...['0x45', '0x0007', 'job-uri', '0x001E', 'http://forest:631/pinetree/123'],
  ...['0x23', '0x0009', 'job-state', '0x0004', '0x00000003'],
  '0x03',
);

/** RFC 2565, 9.3 (RFC 8010, A.3): Print-Job response, failure, with unsupported attributes. */
const failedResponse = octets(
  ...['0x0100', '0x040B', '0x00000001', '0x01'],
  ...['0x47', '0x0012', 'attributes-charset', '0x0008', 'us-ascii'],
  ...['0x48', '0x001B', 'attributes-natural-language', '0x0005', 'en-us'],
  ...['0x41', '0x000E', 'status-message', '0x002F', 'client-error-attributes-or-values-not-supported'],
  '0x05',
  ...['0x21', '0x0006', 'copies', '0x0004', '0x00000014'],
  ...['0x10', '0x0005', 'sides', '0x0000'],
  '0x03',
);

/** RFC 3382, erratum 3019, table 5: a collection within a collection. */
const mediaCol = octets(
  ...['0x34', '0x0009', 'media-col', '0x0000'],
  ...['0x4A', '0x0000', '0x000B', 'media-color', '0x44', '0x0000', '0x0004', 'blue'],
  ...['0x4A', '0x0000', '0x000A', 'media-size', '0x34', '0x0000', '0x0000'],
  ...['0x4A', '0x0000', '0x000B', 'x-dimension', '0x21', '0x0000', '0x0004', '0x00000006'],
  ...['0x4A', '0x0000', '0x000B', 'y-dimension', '0x21', '0x0000', '0x0004', '0x00000004'],
  ...['0x37', '0x0000', '0x0000', '0x37', '0x0000', '0x0000'],
);

const only = (attributes: IppAttributes | undefined) => Object.fromEntries(attributes ?? []);
const printerGroup = (bytes: Uint8Array) => only(decodeResponse(bytes).groups[0]?.attributes);
const onlyValue = (tag: string, content: string): IppValue | undefined =>
  printerGroup(printerAnswer(attribute(tag, 'it', hexBytes(content)))).it?.[0];

describe('an answer of IPP', () => {
  it('is read as the specification writes it', () => {
    const { groups, ...head } = decodeResponse(printJobResponse);
    expect(head).toEqual({ versionMajor: 1, versionMinor: 0, status: 0, requestId: 1 });
    expect(groups.map(({ tag, attributes }) => [tag, only(attributes)])).toEqual([
      [
        1,
        {
          'attributes-charset': [{ syntax: 'charset', value: 'us-ascii' }],
          'attributes-natural-language': [{ syntax: 'naturalLanguage', value: 'en-us' }],
          'status-message': [{ syntax: 'text', value: 'successful-ok', language: null }],
        },
      ],
      [
        2,
        {
          'job-id': [{ syntax: 'integer', value: 147 }],
          'job-uri': [{ syntax: 'uri', value: 'http://forest:631/pinetree/123' }],
          'job-state': [{ syntax: 'enum', value: 3 }],
        },
      ],
    ]);
  });

  it('that is a refusal names what is not supported', () => {
    const { status, groups } = decodeResponse(failedResponse);
    expect(status).toBe(0x040b);
    expect(only(groups[1]?.attributes)).toEqual({
      copies: [{ syntax: 'integer', value: 20 }],
      sides: [{ syntax: 'out-of-band', value: 'unsupported' }],
    });
  });

  it('may hold collections in collections', () => {
    const [value] = printerGroup(printerAnswer([...mediaCol]))['media-col'] ?? [];
    expect(value?.syntax).toBe('collection');
    const members = value?.syntax === 'collection' ? only(value.members) : {};
    expect(members['media-color']).toEqual([{ syntax: 'keyword', value: 'blue' }]);
    const [size] = members['media-size'] ?? [];
    expect(size?.syntax === 'collection' && only(size.members)).toEqual({
      'x-dimension': [{ syntax: 'integer', value: 6 }],
      'y-dimension': [{ syntax: 'integer', value: 4 }],
    });
  });

  // github.com/watson/ipp-encoder, test.js: the hex that its tests expect.
  it('has several values, booleans and texts with their language', () => {
    const bytes = hexBytes(
      '010100000000002a0144000673747269' +
        '6e670003666f6f4400056172726179000366' +
        '6f6f4400000003626172220004626f6f6c0001012300' +
        '04656e756d00040000002a02440006737472696e670003666f6f' +
        '3600126e616d652d776974682d6c616e6775616765000c000566722d43410003666f7503',
    );
    const { groups, ...head } = decodeResponse(bytes);
    expect(head).toEqual({ versionMajor: 1, versionMinor: 1, status: 0, requestId: 42 });
    expect(groups.map(({ attributes }) => only(attributes))).toEqual([
      {
        string: [{ syntax: 'keyword', value: 'foo' }],
        array: [
          { syntax: 'keyword', value: 'foo' },
          { syntax: 'keyword', value: 'bar' },
        ],
        bool: [{ syntax: 'boolean', value: true }],
        enum: [{ syntax: 'enum', value: 42 }],
      },
      {
        string: [{ syntax: 'keyword', value: 'foo' }],
        'name-with-language': [{ syntax: 'name', value: 'fou', language: 'fr-CA' }],
      },
    ]);
    expect(decodeResponse(hexBytes('010105030000002a03'))).toMatchObject({ status: 0x0503, groups: [] });
    // Data behind the end belongs to nobody.
    expect(decodeResponse(hexBytes('010100000000002a03666f6f')).groups).toEqual([]);
  });

  it.each([
    ['21', 'FFFFFFFE', { syntax: 'integer', value: -2 }],
    ['13', '', { syntax: 'out-of-band', value: 'no-value' }],
    ['12', '', { syntax: 'out-of-band', value: 'unknown' }],
    ['33', '0000000100000063', { syntax: 'rangeOfInteger', lower: 1, upper: 99 }],
    ['32', '0000025800000258 03', { syntax: 'resolution', x: 600, y: 600, unit: 'inch' }],
    // RFC 2579, DateAndTime: "1992-5-26,13:30:15.0,-4:0" is its own example.
    ['31', '07C8051A0D1E0F00 2D0400', { syntax: 'dateTime', value: '1992-05-26T13:30:15.0-04:00' }],
    ['30', '6162', { syntax: 'octetString', value: hexBytes('6162') }],
    ['41', 'E7BCBAE7BAB8', { syntax: 'text', value: '缺纸', language: null }],
    // ISO 8859-1 in spite of any charset.
    ['41', '5061706965722066FC6C6C656E', { syntax: 'text', value: 'Papier füllen', language: null }],
  ] as const)('reads tag %s with %s', (tag, content, expected) => {
    const bytes = content === '' ? new Uint8Array() : hexBytes(content);
    expect(printerGroup(printerAnswer(attribute(tag, 'it', bytes))).it).toEqual([expected]);
  });

  it.each([
    ['21', '0003'],
    ['22', '02'],
    ['31', '07C80D1A0D1E0F002D0400'],
    ['32', '00000258000002580A'],
    ['33', '00000001'],
    ['35', '00090000'],
    ['36', '0005 6672'],
    ['7f', '0000000101'],
  ])('keeps a value apart that does not fit its tag %s (%s), and reads on', (tag, content) => {
    expect(onlyValue(tag, content)).toEqual({
      syntax: 'other',
      tag: Number.parseInt(tag, 16),
      value: hexBytes(content),
    });
    const group = printerGroup(
      printerAnswer(attribute(tag, 'it', hexBytes(content)), attribute('23', 'printer-state', 3)),
    );
    expect(group['printer-state']).toEqual([{ syntax: 'enum', value: 3 }]);
  });

  it('counts an attribute that comes twice as it came first', () => {
    const group = printerGroup(
      printerAnswer(attribute('23', 'printer-state', 3), attribute('23', 'printer-state', 5, 4)),
    );
    expect(group).toEqual({ 'printer-state': [{ syntax: 'enum', value: 3 }] });
  });
});

const refused = (bytes: Uint8Array): string => {
  try {
    decodeResponse(bytes);
  } catch (thrown) {
    if (!(thrown instanceof HallwardError)) throw thrown;
    expect(thrown.code).toBe('ipp.garbled');
    expect(thrown.kind).toBe('garbled');
    return thrown.message;
  }
  return 'read';
};

describe('what is no answer of IPP', () => {
  it('is refused wherever it is cut', () => {
    for (const whole of [printJobResponse, failedResponse, printerAnswer([...mediaCol])]) {
      for (let length = 0; length < whole.length; length++) {
        expect(refused(whole.subarray(0, length))).toMatch(/^not a valid IPP message at byte \d+: cut/);
      }
      expect(refused(whole)).toBe('read');
    }
  });

  it.each([
    ['0x21000661', /stands before the first group/],
    ['0x04210000000400000003', /a value belongs to no attribute/],
    ['0x0003', /a group has the number 0/],
    ['0x04440001610005 6b6579', /cut within a value/],
    ['0x0444000561', /cut within a name/],
    ['0x04378000', /a name of 32768 bytes/],
    ['0x04370001610000 03', /a collection ends before it begins/],
    ['0x04340001610000 03', /a collection does not end/],
    ['0x0434000161000021000162000400000001', /an attribute stands within a collection/],
    ['0x0434000161000021000000040000000137000000 0003', /a value belongs to no member/],
  ])('%s is refused, with where and why', (rest, why) => {
    const bytes = octets('0x0200', '0x0000', '0x00000001', rest.replaceAll(' ', ''));
    expect(refused(bytes)).toMatch(why);
  });

  it('is refused where collections never end going deeper', () => {
    const deep = Array.from({ length: 5_000 }, () => [
      ...hexBytes('4A0000000161'),
      ...hexBytes('3400000000'),
    ]);
    expect(refused(printerAnswer(attribute('34', 'a', ''), deep.flat()))).toMatch(/deeper than 8/);
  });

  it('is refused where it has more groups, attributes, values or bytes than any printer has', () => {
    expect(refused(octets('0x0200', '0x0000', '0x00000001', new Array(257).fill(0x04), '0x03'))).toMatch(
      /more than 256 groups/,
    );
    const many = Array.from({ length: 4_097 }, (_, index) => attribute('22', `a${index}`, hexBytes('01')));
    expect(refused(printerAnswer(...many))).toMatch(/more than 4096 attributes/);
    const values = Array.from({ length: 16_385 }, () => [...hexBytes('220000000101')]);
    expect(refused(printerAnswer(attribute('22', 'a', hexBytes('01')), values.flat()))).toMatch(
      /more than 16384 values/,
    );
    expect(refused(new Uint8Array(256 * 1024 + 1))).toMatch(/longer than/);
  });

  it('never does worse than being refused, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        refused(bytes);
      }),
      { numRuns: 500 },
    );
    // Behind a good head, so that more of them get further in.
    const tags = fc.constantFrom(1, 3, 4, 0x10, 0x21, 0x23, 0x30, 0x34, 0x35, 0x37, 0x44, 0x4a);
    const field = fc.tuple(tags, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(field, { maxLength: 60 }), (fields) => {
        const rest = fields.flatMap(([tag, name, value]) =>
          tag < 0x10 ? [tag] : [tag, 0, name, ...Array(name).fill(0x61), 0, value, ...Array(value).fill(1)],
        );
        refused(Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 1, 4, ...rest]));
      }),
      { numRuns: 1_000 },
    );
  });

  it('with any bits turned is read or refused, and never grows', () => {
    const whole = printerAnswer(
      attribute('44', 'printer-state-reasons', 'media-empty', 'cover-open'),
      [...mediaCol],
      attribute('35', 'printer-state-message', octets('0x0002', 'en', '0x0003', 'out')),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })), {
          minLength: 1,
          maxLength: 6,
        }),
        (turns) => {
          const bytes = Uint8Array.from(whole);
          for (const [at, mask] of turns) bytes[at] = (bytes[at] ?? 0) ^ mask;
          refused(bytes);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('a request of IPP', () => {
  const request = {
    operation: getPrinterAttributes,
    requestId: 0x123,
    printerUri: 'ipp://192.168.1.60/ipp/print',
    requestedAttributes: ['printer-state', 'printer-state-reasons'],
    userName: 'hallward',
  };

  it('stands on the wire as the specification has it', () => {
    // The order and tags of RFC 8010, A.8 (Get-Jobs request), with the operation of RFC 8011, 4.2.5.
    expect(encodeRequest(request)).toEqual(
      octets(
        ...['0x0200', '0x000B', '0x00000123', '0x01'],
        ...['0x47', '0x0012', 'attributes-charset', '0x0005', 'utf-8'],
        ...['0x48', '0x001B', 'attributes-natural-language', '0x0002', 'en'],
        ...['0x45', '0x000B', 'printer-uri', '0x001C', 'ipp://192.168.1.60/ipp/print'],
        ...['0x42', '0x0014', 'requesting-user-name', '0x0008', 'hallward'],
        ...['0x44', '0x0014', 'requested-attributes', '0x000D', 'printer-state'],
        ...['0x44', '0x0000', '0x0015', 'printer-state-reasons'],
        '0x03',
      ),
    );
    expect([...encodeRequest({ ...request, version: '1.1' }).subarray(0, 2)]).toEqual([1, 1]);
  });

  it.each([
    { requestId: 0 },
    { requestId: 2 ** 31 },
    { operation: -1 },
    { userName: '' },
    { userName: '名'.repeat(86) },
    { printerUri: `ipp://${'a'.repeat(1_100)}` },
  ])('that cannot be said is refused (%#)', (wrong) => {
    expect(() => encodeRequest({ ...request, ...wrong })).toThrow(
      expect.objectContaining({ code: 'ipp.bad-request', kind: 'usage' }),
    );
  });
});
