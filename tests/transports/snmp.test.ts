import { createSocket, type Socket } from 'node:dgram';
import { readdirSync, readlinkSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { lookBySnmp } from '../../src/devices/printer/snmp-look.js';
import { type Clock, systemClock } from '../../src/kernel/clock.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { berElement, berInteger, readBer } from '../../src/simulator/ber.js';
import { simulatedSnmpAgent } from '../../src/simulator/snmp-agent.js';
import {
  snmpCounter32,
  snmpCounter64,
  snmpInteger,
  snmpOctets,
  snmpOid,
  snmpText,
} from '../../src/simulator/snmp-objects.js';
import {
  type SimulatedSnmpPrinter,
  type SimulatedSnmpPrinterOptions,
  simulatedSnmpPrinter,
} from '../../src/simulator/snmp-printer.js';
import { type SnmpOptions, snmpBus } from '../../src/transports/snmp.js';
import { loadSnmpLibrary } from '../../src/transports/snmp-session.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

const supplies = '1.3.6.1.2.1.43.11.1.1';
const level = `${supplies}.9.1.1`;
const sysDescr = '1.3.6.1.2.1.1.1.0';

async function printerOf(options: SimulatedSnmpPrinterOptions = {}): Promise<SimulatedSnmpPrinter> {
  const printer = await simulatedSnmpPrinter(options);
  open.push(printer);
  return printer;
}

function busTo(port: number, options: Partial<SnmpOptions> = {}, clock: Clock = systemClock()) {
  const agent = { host: '127.0.0.1', port, version: '2c' as const, timeoutMilliseconds: 3_000, retries: 0 };
  const bus = snmpBus('printer', { ...agent, ...options }, clock);
  open.push(bus);
  return bus;
}

const values = (bindings: readonly { readonly value: unknown }[]) => bindings.map(({ value }) => value);

describe.each(['1', '2c'] as const)('a printer by SNMP version %s', (version) => {
  it('is seen as it is', async () => {
    const printer = await printerOf();
    const picture = await lookBySnmp(busTo(printer.port, { version }));
    expect(picture).toMatchObject({
      state: 'idle',
      reasons: [],
      pagesPrinted: 1_234,
      model: 'HP LaserJet Professional P1102w',
      message: 'Ready',
    });
    expect(picture.supplies.map(({ name, state, levelPercent }) => [name, state, levelPercent])).toEqual([
      ['tray-1', 'some', null],
      ['tray-2', 'ok', 80],
      ['toner-1', 'ok', 70],
      ['waste-toner-2', 'ok', 80],
    ]);
  });

  it('tells what is done to it', async () => {
    const printer = await printerOf();
    const bus = busTo(printer.port, { version });
    const reasons = async () => {
      const picture = await lookBySnmp(bus);
      return [
        picture.state,
        ...(picture.reasons ?? []).map(({ keyword, severity }) => `${keyword} ${severity}`),
      ];
    };
    printer.paper.runOut();
    expect(await reasons()).toEqual(['stopped', 'media-empty error']);
    printer.paper.runLow();
    expect(await reasons()).toEqual(['idle', 'media-low warning']);
    printer.paper.load();
    printer.tray(2).set(0);
    expect(await reasons()).toEqual(['idle', 'media-empty warning']);
    printer.paper.load();
    printer.cover.open();
    printer.jam();
    expect(await reasons()).toEqual(['stopped', 'cover-open error', 'media-jam error']);
    printer.cover.close();
    printer.free();
    printer.supply('black').set(3);
    printer.supply('waste').set(0);
    expect(await reasons()).toEqual(['stopped', 'marker-waste-full error', 'marker-supply-low warning']);
    printer.supply('waste').set('some');
    printer.supply('black').set('unknown');
    expect(await reasons()).toEqual(['idle']);
    const { supplies: seen } = await lookBySnmp(bus);
    expect(seen.slice(2).map(({ state, levelPercent }) => [state, levelPercent])).toEqual([
      ['unknown', null],
      ['some', null],
    ]);
  });

  it('without alerts, with one byte of errors and another index is understood by its errors', async () => {
    const printer = await printerOf({ alerts: false, errorStateBytes: 1, index: 3 });
    printer.paper.runOut();
    const { reasons, supplies: seen } = await lookBySnmp(busTo(printer.port, { version }));
    expect(reasons).toEqual([{ keyword: 'media-empty', severity: 'error' }]);
    expect(seen).toHaveLength(4);
  });

  it('gives null for what it does not have, and the rest', async () => {
    const printer = await printerOf();
    const missing = [`${supplies}.9.1.77`, '1.3.6.1.4.1.1.1.0'];
    const asked = [missing[0]!, level, missing[1]!, `${supplies}.8.1.1`];
    const found = await busTo(printer.port, { version }).get(asked);
    expect(found.map(({ oid }) => oid)).toEqual(asked);
    expect(values(found)).toEqual([null, 70, null, 100]);
  });

  it('is walked up to the bound and not beyond its subtree', async () => {
    const printer = await printerOf();
    const bus = busTo(printer.port, { version });
    expect(values(await bus.subtree(`${supplies}.9`, 50))).toEqual([70, 80]);
    expect(await bus.subtree(supplies, 5)).toHaveLength(5);
    expect(await bus.subtree(supplies, 500)).toHaveLength(16);
    expect(await bus.subtree('1.3.6.1.2.1.43.16', 9)).toHaveLength(1);
    expect(await bus.subtree('1.3.6.1.9', 9)).toEqual([]);
    expect(await bus.subtree(supplies, 0)).toEqual([]);
  });

  it('that babbles without end is walked up to the bound only', async () => {
    const printer = await printerOf();
    printer.babble(true);
    const bus = busTo(printer.port, { version });
    expect(await bus.subtree(supplies, 100)).toHaveLength(100);
    expect(printer.requests).toBe(version === '1' ? 100 : 5);
    if (version === '1') return; // one value a message: the same, more slowly
    const picture = await lookBySnmp(bus);
    expect(picture.supplies.every(({ levelPercent }) => levelPercent === null)).toBe(true);
    expect(printer.requests).toBeLessThan(130);
  });

  it('that never gets on ends the walk', async () => {
    const printer = await printerOf();
    printer.loop(true);
    const bus = busTo(printer.port, { version });
    expect(await bus.subtree(supplies, 100)).toHaveLength(1);
    const at = printer.requests;
    // Asked for what follows an object, it gives that object.
    await expect(bus.subtree(level, 100)).rejects.toMatchObject({ code: 'snmp.garbled', kind: 'garbled' });
    expect(printer.requests - at).toBe(1);
  });

  it('that can send no long answers is asked for less', async () => {
    const printer = await printerOf({ mostBytes: 160 });
    const picture = await lookBySnmp(busTo(printer.port, { version }));
    expect(picture.supplies).toHaveLength(4);
    expect(picture.pagesPrinted).toBe(1_234);
  });

  it('that refuses a table is seen without it', async () => {
    const printer = await printerOf();
    const bus = busTo(printer.port, { version });
    printer.refuse(supplies);
    await expect(bus.subtree(supplies, 10)).rejects.toMatchObject({
      code: 'snmp.refused',
      kind: 'refused',
      evidence: { status: 'genErr' },
    });
    expect((await lookBySnmp(bus)).supplies.map(({ name }) => name)).toEqual(['tray-1', 'tray-2']);
    expect(values(await bus.get([level, sysDescr]))[0]).toBeNull();
  });
});

describe('what goes wrong', () => {
  it('a printer that is off is a time-out that says what may be the matter, and it is found again', async () => {
    const printer = await printerOf();
    const bus = busTo(printer.port, { timeoutMilliseconds: 60, retries: 1 });
    printer.power.off();
    await expect(bus.get([level])).rejects.toMatchObject({
      code: 'snmp.timeout',
      kind: 'timeout',
      message: expect.stringContaining('community'),
      evidence: { waitedMilliseconds: 120 },
    });
    expect(printer.requests).toBe(2);
    expect(bus.sent).toBe(2);
    printer.power.on();
    await expect.poll(() => bus.get([level]).then(values, () => null)).toEqual([70]);
    expect(bus.state).toBe('open');
  });

  it('a wrong community is a time-out', async () => {
    const printer = await printerOf({ community: 'office' });
    const wrong = busTo(printer.port, { timeoutMilliseconds: 60 });
    await expect(wrong.get([level])).rejects.toMatchObject({ code: 'snmp.timeout' });
    expect(values(await busTo(printer.port, { community: 'office' }).get([level]))).toEqual([70]);
  });

  it('nobody at the port is unreachable at once', async () => {
    const printer = await simulatedSnmpPrinter();
    await printer.close();
    const bus = busTo(printer.port, { timeoutMilliseconds: 15_000 });
    await expect(bus.get([level])).rejects.toMatchObject({
      code: 'snmp.unreachable',
      kind: 'absent',
      evidence: { system: 'ECONNREFUSED' },
    });
    const back = await simulatedSnmpPrinter({ port: printer.port });
    open.push(back);
    expect(values(await bus.get([level]))).toEqual([70]);
  });

  it('a name that nobody knows is unreachable', async () => {
    const bus = busTo(161, { host: 'printer.invalid', timeoutMilliseconds: 15_000 });
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'snmp.unreachable', kind: 'absent' });
  });

  it('a name is looked up', async () => {
    const printer = await printerOf();
    expect(values(await busTo(printer.port, { host: 'localhost' }).get([level]))).toEqual([70]);
  });

  it('answers that are no SNMP are garbled, with what came as evidence', async () => {
    const printer = await printerOf();
    printer.garble(true);
    const bus = busTo(printer.port, { timeoutMilliseconds: 500 });
    await expect(bus.get([level])).rejects.toMatchObject({
      code: 'snmp.garbled',
      kind: 'garbled',
      evidence: { received: expect.stringMatching(/^20 /) },
    });
    printer.garble(false);
    expect(values(await bus.get([level]))).toEqual([70]);
  });

  it('no answer makes the community known', async () => {
    const printer = await printerOf({ community: 'hush-hush' });
    const bus = busTo(printer.port, { community: 'hush-hush', timeoutMilliseconds: 200 });
    const said = async () => {
      const error = await bus.get([level]).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'snmp.garbled' });
      const { message, evidence } = error as { message: string; evidence: object };
      return `${message} ${JSON.stringify(evidence)}`;
    };
    const hex = Buffer.from('hush')
      .toString('hex')
      .replace(/..(?=.)/g, '$& ');
    // Another one's, of the same length; then an answer that breaks off behind it.
    printer.disturb((answer) => [
      replaced(answer, [...Buffer.from('hush-hush')], [...Buffer.from('her-words')]),
    ]);
    expect(await said()).not.toMatch(/hush|words/);
    printer.disturb((answer) => [answer.subarray(0, 24)]);
    expect(await said()).not.toMatch(new RegExp(`hush|${hex}`, 'i'));
  });

  it('a network that is not there is no work that is not done', async () => {
    const bus = busTo(161, { host: 'printer.invalid', timeoutMilliseconds: 15_000 });
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'snmp.unreachable' });
    const { sent } = bus;
    expect(sent).toBeGreaterThan(0);
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'snmp.unreachable' });
    expect(bus.sent).toBeGreaterThan(sent ?? 0);
  });

  it('a printer that gives one value at a time, each of them late, is left after a while', async () => {
    const printer = await printerOf();
    let passed = 0;
    const clock = { ...systemClock(), monotonicMilliseconds: () => passed };
    const bus = busTo(printer.port, { version: '1', timeoutMilliseconds: 1_000 }, clock);
    printer.disturb((answer) => {
      passed += 900;
      return [answer];
    });
    await expect(bus.subtree('1.3.6.1.2.1', 1_000)).rejects.toMatchObject({
      code: 'snmp.timeout',
      message: expect.stringContaining('too slowly: 34 values in 30 s'),
    });
    expect(values(await bus.get([level]))).toEqual([70]);
  });

  it('noise before the answer does no harm', async () => {
    const printer = await printerOf();
    printer.disturb((answer) => [
      Uint8Array.of(),
      Uint8Array.of(0x30, 0x80, 1, 2),
      answer.subarray(0, 20),
      answer,
    ]);
    const bus = busTo(printer.port);
    for (let turn = 0; turn < 5; turn++) expect(values(await bus.get([level]))).toEqual([70]);
  });

  it('answers that come twice, or for the request before, are each taken once', async () => {
    const printer = await printerOf();
    let before: Uint8Array | undefined;
    printer.disturb((answer) => {
      const stale = before;
      before = answer;
      return stale === undefined ? [answer, answer] : [stale, answer, answer];
    });
    const bus = busTo(printer.port);
    for (const sheets of [1, 2, 3, 4]) {
      printer.tray(1).set(sheets);
      expect(values(await bus.get(['1.3.6.1.2.1.43.8.2.1.10.1.1']))).toEqual([sheets]);
    }
  });

  it('an answer that is late, but in time, counts; the next ones are not mixed up with it', async () => {
    const printer = await printerOf();
    const bus = busTo(printer.port, { timeoutMilliseconds: 100, retries: 3 });
    printer.late(150);
    expect(values(await bus.get([level]))).toEqual([70]);
    printer.late(0);
    expect(values(await bus.get([sysDescr, level]))[1]).toBe(70);
  });

  it('an answer about other objects is garbled', async () => {
    const printer = await printerOf();
    const bus = busTo(printer.port, { timeoutMilliseconds: 80 });
    printer.disturb((answer) => [replaced(answer, [0x2b, 6, 1, 2, 1, 43], [0x2b, 6, 1, 2, 1, 44])]);
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'snmp.garbled' });
  });

  it.each([
    // In place of the version: 3, with the header of RFC 3412 and flags that say "authenticated", then "encrypted".
    ['of version 3 that claims to be authenticated', 1],
    ['of version 3 that claims to be encrypted', 3],
  ])('an answer %s ends nothing but the request', async (_, flags) => {
    const printer = await printerOf();
    const bus = busTo(printer.port, { timeoutMilliseconds: 1_000 });
    printer.disturb((_answer, request) => [version3(request, flags)]);
    await expect(bus.get([level])).rejects.toMatchObject({ kind: expect.stringMatching(/garbled|timeout/) });
    printer.disturb(undefined);
    expect(values(await bus.get([level]))).toEqual([70]);
  });

  it('whatever single byte of an answer is wrong, the bus comes to an end and works afterwards', async () => {
    const printer = await printerOf();
    const bus = busTo(printer.port, { timeoutMilliseconds: 30 });
    const length = 45;
    const outcomes = new Set<string>();
    for (let at = 0; at < length; at++) {
      printer.disturb((answer) => [answer.map((byte, index) => (index === at ? byte ^ 0x81 : byte))]);
      const outcome = await bus.subtree(`${supplies}.9`, 2).then(
        () => 'answer',
        (thrown: { code: string }) => thrown.code,
      );
      outcomes.add(outcome);
    }
    for (const outcome of outcomes) {
      expect(['answer', 'snmp.garbled', 'snmp.timeout', 'snmp.refused']).toContain(outcome);
    }
    printer.disturb(undefined);
    await expect.poll(() => bus.subtree(`${supplies}.9`, 2).then(values, () => null)).toEqual([70, 80]);
  });

  it('an answer from elsewhere is not heard', async () => {
    const printer = await printerOf();
    const [front, stranger] = [await udpSocket(), await udpSocket()];
    // What comes to the front is answered by the printer, and that answer leaves from a stranger's port.
    let port = 0;
    let passed = 0;
    front.on('message', (request, from) => {
      port = from.port;
      stranger.send(request, printer.port, '127.0.0.1');
    });
    stranger.on('message', (answer) => {
      passed++;
      stranger.send(answer, port, '127.0.0.1');
    });
    const bus = busTo(front.address().port, { timeoutMilliseconds: 80 });
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'snmp.timeout' });
    expect(passed).toBe(1);
  });

  it('a time-out ends the socket too: the next request leaves from a new one', async () => {
    const silent = await udpSocket();
    const ports: number[] = [];
    silent.on('message', (_, from) => ports.push(from.port));
    const bus = busTo(silent.address().port, { timeoutMilliseconds: 30, retries: 1 });
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'snmp.timeout' });
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'snmp.timeout' });
    expect(ports).toHaveLength(4);
    expect(ports[0]).toBe(ports[1]);
    expect(ports[2]).not.toBe(ports[1]);
  });

  it('an error status that no get has is refused in words', async () => {
    const printer = await printerOf();
    const bus = busTo(printer.port);
    // error-status 16, authorizationError, RFC 3416.
    printer.disturb((answer) => [withStatus(answer, 16)]);
    await expect(bus.get([level])).rejects.toMatchObject({
      code: 'snmp.refused',
      evidence: { status: 'authorizationError' },
    });
    printer.disturb((answer) => [withStatus(answer, 99)]);
    await expect(bus.get([level])).rejects.toMatchObject({ evidence: { status: 'error 99' } });
  });

  it('an agent that says "too big" of one value does not make a loop', async () => {
    const printer = await printerOf();
    const bus = busTo(printer.port);
    printer.disturb((answer) => [withStatus(answer, 1)]);
    await expect(bus.get([level, sysDescr])).rejects.toMatchObject({ evidence: { status: 'tooBig' } });
    await expect(bus.subtree(supplies, 100)).rejects.toMatchObject({ evidence: { status: 'tooBig' } });
    expect(printer.requests).toBeLessThan(10);
  });
});

describe('values', () => {
  it('come as what they are', async () => {
    const root = '1.3.6.1.4.1.99999.1';
    const objects = [
      { oid: `${root}.1`, value: snmpInteger(-2_147_483_648) },
      { oid: `${root}.2`, value: snmpOctets(Uint8Array.of(0, 255, 1)) },
      { oid: `${root}.3`, value: snmpOid('1.3.6.1.2.1.25.3.1.5') },
      { oid: `${root}.4`, value: snmpCounter32(4_294_967_295) },
      { oid: `${root}.5`, value: snmpCounter64(18_446_744_073_709_551_615n) },
      { oid: `${root}.6`, value: snmpCounter64(5n) },
      { oid: `${root}.7`, value: berElement(0x40, Uint8Array.of(192, 168, 1, 60)) },
      { oid: `${root}.8`, value: berInteger(0x43, 12_345) },
      { oid: `${root}.9`, value: snmpText('') },
      { oid: `${root}.10`, value: berElement(0x05) },
      { oid: `${root}.4294967295`, value: snmpInteger(1) },
    ];
    const agent = await simulatedSnmpAgent(() => objects);
    open.push(agent);
    const found = await busTo(agent.port).subtree(root, 50);
    expect(found.map(({ oid }) => oid)).toEqual(objects.map(({ oid }) => oid));
    expect(values(found)).toEqual([
      -2_147_483_648,
      Uint8Array.of(0, 255, 1),
      '1.3.6.1.2.1.25.3.1.5',
      4_294_967_295,
      18_446_744_073_709_551_615n,
      5n,
      '192.168.1.60',
      12_345,
      new Uint8Array(),
      null,
      1,
    ]);
  });
});

describe('the bus', () => {
  it('asks one thing at a time, in the order of the calls', async () => {
    const printer = await printerOf();
    printer.late(20);
    let under = 0;
    let most = 0;
    printer.disturb((answer) => {
      under++;
      most = Math.max(most, under);
      return [answer];
    });
    const bus = busTo(printer.port);
    const order: number[] = [];
    const asked = [1, 2, 3, 4].map((turn) =>
      bus.get([level]).then(() => {
        under--;
        order.push(turn);
      }),
    );
    await Promise.all(asked);
    expect(order).toEqual([1, 2, 3, 4]);
    expect(most).toBe(1);
  });

  it('takes a bounded number of requests', async () => {
    const printer = await printerOf();
    printer.power.off();
    const bus = busTo(printer.port, { timeoutMilliseconds: 15_000 });
    const asked = Array.from({ length: 40 }, () =>
      bus.get([level]).catch((thrown: { code: string }) => thrown.code),
    );
    await bus.close();
    const codes = await Promise.all(asked);
    expect(codes.filter((code) => code === 'bus.queue-full')).toHaveLength(8);
    expect(codes.filter((code) => code === 'bus.closed')).toHaveLength(32);
  });

  it('asks for no more than the process can hold in one message', async () => {
    const printer = await printerOf();
    const many = Array.from({ length: 100 }, (_, at) => `${supplies}.9.1.${at + 1}`);
    const found = await busTo(printer.port).get(many);
    expect(found.map(({ oid }) => oid)).toEqual(many);
    expect(values(found).filter((value) => value !== null)).toEqual([70, 80]);
    expect(await busTo(printer.port).get([])).toEqual([]);
  });

  it('leaves nothing behind when it is closed in the middle', async () => {
    const printer = await printerOf();
    printer.late(10_000);
    const clock = systemClock();
    const before = openSockets();
    const timers = liveTimersOf(15_000);
    const bus = busTo(printer.port, { timeoutMilliseconds: 15_000, retries: 3 }, clock);
    const walked = bus.subtree(supplies, 100).catch((thrown: { code: string }) => thrown.code);
    await expect.poll(() => printer.requests).toBe(1);
    expect(timers.size).toBe(1);
    expect(openSockets()).toBe(before + 1);
    await bus.close();
    expect(await walked).toBe('bus.closed');
    expect(clock.pending()).toEqual([]);
    expect(bus.state).toBe('closed');
    expect(timers.size).toBe(0);
    expect(openSockets()).toBe(before);
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'bus.closed', kind: 'cancelled' });
    await bus.close();
  });

  it('that is closed before its socket is open opens none', async () => {
    const printer = await printerOf();
    const bus = busTo(printer.port, { host: 'localhost' });
    const asked = bus.get([level]).catch((thrown: { code: string }) => thrown.code);
    await bus.close();
    expect(await asked).toBe('bus.closed');
    expect(printer.requests).toBe(0);
  });

  it('gives up by its own clock where the library hangs', async () => {
    const printer = await printerOf();
    printer.power.off();
    const clock = new VirtualClock();
    const bus = busTo(printer.port, { timeoutMilliseconds: 20_000, retries: 0 }, clock);
    const asked = expect(bus.get([level])).rejects.toMatchObject({ code: 'snmp.timeout' });
    await expect.poll(() => printer.requests).toBe(1);
    await clock.advance(20_250);
    await asked;
    printer.power.on();
    expect(values(await bus.get([level]))).toEqual([70]);
  });

  it('says what is missing where the library is not installed, and works once it is', async () => {
    const printer = await printerOf();
    let isThere = false;
    const load = () => {
      if (isThere) return loadSnmpLibrary();
      throw Object.assign(new Error("Cannot find module 'net-snmp'"), { code: 'MODULE_NOT_FOUND' });
    };
    const agent = { host: '127.0.0.1', port: printer.port, version: '2c' } as const;
    const bus = snmpBus('printer', { ...agent, timeoutMilliseconds: 3_000, retries: 0 }, systemClock(), load);
    open.push(bus);
    const told: string[] = [];
    bus.onChange(() => told.push(bus.state));
    expect(bus.state).toBe('open');
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'wire.unusable', kind: 'usage' });
    await expect(bus.get([level])).rejects.toMatchObject({ code: 'wire.unusable' });
    expect(told).toEqual(['lost']);
    expect(bus.lostBecause).toMatchObject({ message: expect.stringContaining('net-snmp') });
    isThere = true;
    expect(values(await bus.get([level]))).toEqual([70]);
    expect(told).toEqual(['lost', 'open']);
    expect(bus.lostBecause).toBeUndefined();
  });

  it.each([
    [{ version: '3' as const }, 'needs a user'],
    [{ version: '3' as const, user: { name: 'reader', authKey: 'short' } }, 'at least 8 characters'],
    [{ version: '3' as const, user: { name: 'reader', privKey: 'longenough' } }, 'needs authentication'],
    [{ port: 99_999 }, 'Port'],
  ])('says why options %j can not be used', async (options, word) => {
    await expect(busTo(161, options).get([level])).rejects.toMatchObject({
      code: 'wire.unusable',
      kind: 'usage',
      message: expect.stringContaining(word),
    });
  });
});

async function udpSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  open.push({ close: () => new Promise<void>((resolve) => void socket.close(() => resolve())) });
  await new Promise<void>((resolve) => void socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

/** Sockets of this process, as Linux counts them. */
const openSockets = () =>
  readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;

/** Those timers of the process, the library's own too, that were set for so long and have not ended. */
function liveTimersOf(milliseconds: number): ReadonlySet<unknown> {
  const live = new Set<unknown>();
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  globalThis.setTimeout = ((run: () => void, delay?: number) => {
    const timer = set(run, delay);
    if (delay === milliseconds) live.add(timer);
    return timer;
  }) as typeof setTimeout;
  globalThis.clearTimeout = ((timer?: NodeJS.Timeout) => {
    live.delete(timer);
    clear(timer);
  }) as typeof clearTimeout;
  open.push({
    close: async () => {
      Object.assign(globalThis, { setTimeout: set, clearTimeout: clear });
    },
  });
  return live;
}

/** The answer with every such row of bytes replaced. */
function replaced(answer: Uint8Array, from: readonly number[], to: readonly number[]): Uint8Array {
  const hex = Buffer.from(answer).toString('hex');
  return new Uint8Array(
    Buffer.from(hex.replaceAll(Buffer.from(from).toString('hex'), Buffer.from(to).toString('hex')), 'hex'),
  );
}

/** request-id, error-status and error-index stand at the head of the PDU. */
function withStatus(answer: Uint8Array, status: number): Uint8Array {
  const [version, community, pdu] = readBer(readBer(answer)[0]!.content);
  const [id, , , list] = readBer(pdu!.content);
  return berElement(
    0x30,
    berElement(0x02, version!.content),
    berElement(0x04, community!.content),
    berElement(
      0xa2,
      berElement(0x02, id!.content),
      berInteger(0x02, status),
      berInteger(0x02, 0),
      berElement(0x30, list!.content),
    ),
  );
}

/** RFC 3412, section 6: the request's id as that of a message of version 3. */
function version3(request: Uint8Array, flags: number): Uint8Array {
  const [, , pdu] = readBer(readBer(request)[0]!.content);
  const [id] = readBer(pdu!.content);
  const octets = (...bytes: readonly number[]) => berElement(0x04, Uint8Array.from(bytes));
  const security = berElement(
    0x30,
    octets(1, 2, 3, 4, 5),
    berInteger(0x02, 1),
    berInteger(0x02, 1),
    octets(),
    octets(...new Array<number>(12).fill(0)),
    octets(...new Array<number>(8).fill(0)),
  );
  const answer = berElement(
    0xa2,
    berElement(0x02, id!.content),
    berInteger(0x02, 0),
    berInteger(0x02, 0),
    berElement(0x30),
  );
  return berElement(
    0x30,
    berInteger(0x02, 3),
    berElement(
      0x30,
      berElement(0x02, id!.content),
      berInteger(0x02, 65_507),
      octets(flags),
      berInteger(0x02, 3),
    ),
    berElement(0x04, security),
    flags === 3 ? octets(...answer) : berElement(0x30, octets(), octets(), answer),
  );
}
