/** The other side is Net-SNMP's agent, which knows nothing of us. */
import { createSocket } from 'node:dgram';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lookBySnmp } from '../../src/devices/printer/snmp-look.js';
import { systemClock } from '../../src/kernel/clock.js';
import { berElement, berInteger, berOid, readBer } from '../../src/simulator/ber.js';
import type { SnmpBus } from '../../src/transports/ports-snmp.js';
import { type SnmpOptions, snmpBus } from '../../src/transports/snmp.js';
import { hasSnmpd, reader, type Snmpd, startSnmpd } from './support/snmpd.js';

/** An HP Color LaserJet, so far as it matters: as `pass_persist` has it. Hex bytes where they are no text. */
const printer = [
  '1.3.6.1.2.1.25.3.2.1.2.1 objectid .1.3.6.1.2.1.25.3.1.5',
  '1.3.6.1.2.1.25.3.2.1.3.1 string HP Color LaserJet',
  '1.3.6.1.2.1.25.3.2.1.5.1 integer 3',
  '1.3.6.1.2.1.25.3.5.1.1.1 integer 3',
  '1.3.6.1.2.1.25.3.5.1.2.1 octet 20 04',
  '1.3.6.1.2.1.43.6.1.1.3.1.1 integer 4',
  '1.3.6.1.2.1.43.8.2.1.2.1.1 integer 3',
  '1.3.6.1.2.1.43.8.2.1.8.1.1 integer 8',
  '1.3.6.1.2.1.43.8.2.1.9.1.1 integer 500',
  '1.3.6.1.2.1.43.8.2.1.10.1.1 integer -3',
  '1.3.6.1.2.1.43.8.2.1.13.1.1 string Tray 2',
  '1.3.6.1.2.1.43.10.2.1.3.1.1 integer 7',
  '1.3.6.1.2.1.43.10.2.1.4.1.1 counter 54321',
  ...[1, 2, 3, 4].flatMap((row) => [
    `1.3.6.1.2.1.43.11.1.1.4.1.${row} integer 3`,
    `1.3.6.1.2.1.43.11.1.1.5.1.${row} integer 21`,
    `1.3.6.1.2.1.43.11.1.1.6.1.${row} string Cartridge ${row}`,
    `1.3.6.1.2.1.43.11.1.1.7.1.${row} integer 19`,
    `1.3.6.1.2.1.43.11.1.1.8.1.${row} integer 100`,
    `1.3.6.1.2.1.43.11.1.1.9.1.${row} integer ${row * 4}`,
  ]),
  '1.3.6.1.2.1.43.16.5.1.2.1.1 octet E8 AF B7 E8 A3 85 E7 BA B8',
  '1.3.6.1.2.1.43.18.1.1.2.1.7 integer 4',
  '1.3.6.1.2.1.43.18.1.1.4.1.7 integer 11',
  '1.3.6.1.2.1.43.18.1.1.5.1.7 integer 1',
  '1.3.6.1.2.1.43.18.1.1.7.1.7 integer 1104',
];
const level = '1.3.6.1.2.1.43.11.1.1.9.1.1';

const versions: readonly [string, Partial<SnmpOptions>][] = [
  ['version 1', { version: '1' }],
  ['version 2c', { version: '2c' }],
  ['version 3 with SHA and AES', { version: '3', user: reader }],
];

describe.skipIf(!hasSnmpd())('Net-SNMP', () => {
  let snmpd: Snmpd;
  const open: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    snmpd = await startSnmpd(printer);
  });
  beforeEach(() => snmpd.serve(printer));
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  afterAll(() => snmpd.close());

  const busTo = (options: Partial<SnmpOptions>, port = snmpd.port): SnmpBus => {
    const agent = { host: '127.0.0.1', port, version: '2c', timeoutMilliseconds: 3_000, retries: 0 } as const;
    const bus = snmpBus('printer', { ...agent, ...options }, systemClock());
    open.push(bus);
    return bus;
  };

  it.each(versions)('shows a printer by %s', async (_, options) => {
    const picture = await lookBySnmp(busTo(options));
    expect(picture).toMatchObject({
      state: 'idle',
      reasons: [
        { keyword: 'marker-supply-low', severity: 'warning' },
        { keyword: 'media-empty', severity: 'warning' },
      ],
      pagesPrinted: 54_321,
      model: 'HP Color LaserJet',
      message: '请装纸',
    });
    expect(picture.supplies.map(({ label, state, levelPercent }) => [label, state, levelPercent])).toEqual([
      ['Tray 2', 'some', null],
      ['Cartridge 1', 'low', 4],
      ['Cartridge 2', 'ok', 8],
      ['Cartridge 3', 'ok', 12],
      ['Cartridge 4', 'ok', 16],
    ]);
  });

  it.each(versions)('is seen changed at the next look by %s', async (_, options) => {
    const bus = busTo(options);
    expect((await lookBySnmp(bus)).supplies[1]?.levelPercent).toBe(4);
    await snmpd.serve(printer.map((line) => (line.startsWith(level) ? `${level} integer -2` : line)));
    expect((await lookBySnmp(bus)).supplies[1]).toMatchObject({ levelPercent: null, state: 'unknown' });
    await snmpd.serve([]);
    expect(await lookBySnmp(bus)).toMatchObject({ state: null, reasons: null, supplies: [] });
  });

  it.each(versions)('killed and started again is found again by %s', async (_, options) => {
    const bus = busTo(options);
    const value = async () => (await bus.get([level]))[0]?.value;
    expect(await value()).toBe(4);
    await snmpd.kill();
    await expect(value()).rejects.toMatchObject({ code: 'snmp.unreachable', kind: 'absent' });
    await expect(value()).rejects.toMatchObject({ code: 'snmp.unreachable' });
    await snmpd.start();
    expect(await value()).toBe(4);
    // Gone and back between two requests: of version 3 the agent's clock begins anew.
    await snmpd.kill();
    await snmpd.start();
    expect(await value().catch(value)).toBe(4);
    // Another printer has come in its place.
    await snmpd.kill();
    await snmpd.start('80001f888011223344');
    expect(await value().catch(value)).toBe(4);
  });

  it.each(versions)('gives its own whole tree by %s, within the bound, in order', async (_, options) => {
    const bus = busTo(options);
    const found = await bus.subtree('1.3.6.1.2.1', 300);
    expect(found).toHaveLength(300);
    expect(new Set(found.map(({ oid }) => oid)).size).toBe(300);
    expect(await bus.subtree('1.3.6.1.2.1.43.11', 300)).toHaveLength(24);
  });

  it('tells of a community that it does not know by silence, and that is told', async () => {
    const bus = busTo({ community: 'wrong', timeoutMilliseconds: 200 });
    await expect(bus.get([level])).rejects.toMatchObject({
      code: 'snmp.timeout',
      message: expect.stringContaining('community'),
    });
  });

  it.each([
    ['user', { ...reader, name: 'nobody' }],
    ['authentication pass phrase', { ...reader, authKey: 'another pass phrase' }],
    ['authentication protocol', { ...reader, authProtocol: 'sha256' as const }],
    ['security level', { name: reader.name, authKey: reader.authKey }],
  ])('refuses a wrong %s of version 3 at once', async (_, user) => {
    const bus = busTo({ version: '3', user, timeoutMilliseconds: 5_000 });
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'snmp.refused', kind: 'refused' });
    await expect(lookBySnmp(bus)).rejects.toMatchObject({ code: 'snmp.refused' });
  });

  it('is silent to, or refuses, a wrong privacy pass phrase', async () => {
    const user = { ...reader, privKey: 'another pass phrase' };
    const bus = busTo({ version: '3', user, timeoutMilliseconds: 300 });
    await expect(bus.get([level])).rejects.toMatchObject({ code: expect.stringMatching(/timeout|refused/) });
  });

  it('is not believed where somebody on the way answers a protected request without protection', async () => {
    const way = createSocket('udp4');
    const agent = createSocket('udp4');
    let client = 0;
    let forged = 0;
    way.on('message', (request, from) => {
      client = from.port;
      const header = readBer(readBer(readBer(request)[0]!.content)[1]!.content);
      const isProtected = (header[2]!.content[0]! & 3) === 3;
      if (isProtected) {
        forged++;
        way.send(unprotected(header[0]!.content), client, '127.0.0.1');
      } else {
        agent.send(request, snmpd.port, '127.0.0.1');
      }
    });
    agent.on('message', (answer) => way.send(answer, client, '127.0.0.1'));
    await new Promise<void>((resolve) => void way.bind(0, '127.0.0.1', resolve));
    const bus = busTo({ version: '3', user: reader }, way.address().port);
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'snmp.refused', kind: 'refused' });
    expect(forged).toBe(1);
    way.close();
    agent.close();
  });
});

/** A message of version 3 (RFC 3412) with flags 0, which says that the toner is at 99 %. */
function unprotected(messageId: Uint8Array): Uint8Array {
  const octets = (...bytes: readonly number[]) => berElement(0x04, Uint8Array.from(bytes));
  const engine = octets(0x80, 0, 0x1f, 0x88, 0x80, 0xaa, 0xbb, 0xcc, 0xdd);
  const pdu = berElement(
    0xa2,
    berInteger(0x02, 1),
    berInteger(0x02, 0),
    berInteger(0x02, 0),
    berElement(0x30, berElement(0x30, berOid(0x06, level), berInteger(0x02, 99))),
  );
  return berElement(
    0x30,
    berInteger(0x02, 3),
    berElement(0x30, berElement(0x02, messageId), berInteger(0x02, 65_507), octets(0), berInteger(0x02, 3)),
    berElement(
      0x04,
      berElement(0x30, engine, berInteger(0x02, 1), berInteger(0x02, 1), octets(), octets(), octets()),
    ),
    berElement(0x30, engine, octets(), pdu),
  );
}
