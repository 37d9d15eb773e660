import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { lookByIpp, newIppMemory } from '../../src/devices/printer/ipp-look.js';
import { systemClock } from '../../src/kernel/clock.js';
import type { HallwardError } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { encodeRequest, getPrinterAttributes } from '../../src/protocols/ipp.js';
import {
  type SimulatedIppPrinter,
  type SimulatedIppPrinterOptions,
  simulatedIppPrinter,
} from '../../src/simulator/ipp-printer.js';
import { type IppOptions, ippBus } from '../../src/transports/ipp.js';
import type { IppBus } from '../../src/transports/ports-ipp.js';
import { selfSigned } from './support/certificates.js';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const timeoutMilliseconds = 10_000;
async function printer(options?: SimulatedIppPrinterOptions): Promise<SimulatedIppPrinter> {
  const made = await simulatedIppPrinter(options);
  open.push(made);
  return made;
}
function busTo(url: string, options: Partial<IppOptions> = {}, clock = systemClock()): IppBus {
  const made = ippBus('kiosk', { url, timeoutMilliseconds, ...options }, clock);
  open.push(made);
  return made;
}

/** Listens, and lets `talk` answer each connection. */
async function listener(talk: Parameters<typeof createTcpServer>[1]): Promise<number> {
  const server: Server = createTcpServer(talk);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  return (server.address() as AddressInfo).port;
}

/** Answers each request with the next of these bodies. */
const saying = (...bodies: readonly Uint8Array[]) => {
  const left = [...bodies];
  return listener((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {
      const body = left.shift() ?? new Uint8Array();
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      socket.write(body);
    });
  });
};

const message = (bus: IppBus) =>
  encodeRequest({
    operation: getPrinterAttributes,
    requestId: 1,
    printerUri: bus.printerUri,
    requestedAttributes: ['printer-state'],
    userName: 'hallward',
  });
const failure = (promise: Promise<unknown>): Promise<HallwardError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: HallwardError) => error,
  );
/** Code, kind and words. */
const failureOf = async (promise: Promise<unknown>) => {
  const { code, kind, message: text } = await failure(promise);
  return { code, kind, text };
};

describe('a look at a printer by IPP', () => {
  it('gives its whole picture', async () => {
    const far = await printer();
    expect(await lookByIpp(busTo(far.url))).toEqual({
      state: 'idle',
      reasons: [],
      supplies: [
        expect.objectContaining({ name: 'waste-toner-1', group: 'waste', levelPercent: 25, state: 'ok' }),
        expect.objectContaining({ name: 'toner-2', label: 'Black Toner', levelPercent: 70, state: 'ok' }),
        expect.objectContaining({ name: 'tray-1', label: 'main', levelPercent: 40, state: 'ok' }),
      ],
      pagesPrinted: 1204,
      model: 'Example KP-80 Laser',
      message: 'Ready',
    });
    expect(far.heard).toMatchObject({ version: '2.0', operation: 0x000b, requestId: [0, 0, 0, 1] });
    expect(far.heard?.attributes.get('printer-uri')).toEqual([far.url]);
  });

  it('finds what the front panel does to it', async () => {
    const far = await printer();
    const bus = busTo(far.url);
    const levelOf = async (name: string) => {
      const { supplies } = await lookByIpp(bus);
      const found = supplies.find((supply) => supply.name === name);
      return [found?.levelPercent, found?.state];
    };
    far.paper.runOut();
    far.cover.open();
    far.jam();
    far.state('stopped');
    const picture = await lookByIpp(bus);
    expect(picture.state).toBe('stopped');
    expect(picture.reasons).toEqual([
      { keyword: 'media-empty', severity: 'error' },
      { keyword: 'cover-open', severity: 'error' },
      { keyword: 'media-jam', severity: 'error' },
    ]);
    expect(await levelOf('tray-1')).toEqual([0, 'empty']);
    far.paper.runLow();
    far.cover.close();
    far.free();
    expect((await lookByIpp(bus)).reasons).toEqual([{ keyword: 'media-low', severity: 'warning' }]);
    expect(await levelOf('tray-1')).toEqual([5, 'low']);
    far.paper.load();
    expect((await lookByIpp(bus)).reasons).toEqual([]);
    far.marker('black').set('some');
    expect(await levelOf('toner-2')).toEqual([null, 'some']);
    far.marker('black').set('unknown');
    expect(await levelOf('toner-2')).toEqual([null, 'unknown']);
    far.marker('waste').set(0);
    expect(await levelOf('waste-toner-1')).toEqual([0, 'empty']);
  });

  it('falls back to IPP 1.1 with an old printer, and remembers it', async () => {
    const far = await printer();
    far.old(true);
    const bus = busTo(far.url);
    const memory = newIppMemory();
    expect((await lookByIpp(bus, memory)).state).toBe('idle');
    expect([far.requests, far.heard?.version, memory.version]).toEqual([2, '1.1', '1.1']);
    expect((await lookByIpp(bus, memory)).state).toBe('idle');
    expect([far.requests, memory.requestId]).toEqual([3, 3]);
  });

  it('takes what there is where the printer does not know all that it is asked for', async () => {
    const far = await printer();
    for (const name of ['printer-supply', 'printer-supply-description', 'printer-input-tray'])
      far.attribute(name, null);
    const { supplies } = await lookByIpp(busTo(far.url));
    expect(supplies.map(({ name, levelPercent }) => [name, levelPercent])).toEqual([['toner-1', 70]]);
  });

  it('is refused with its words by one that says no', async () => {
    const port = await saying(
      Buffer.concat([
        Buffer.from([2, 0, 0x04, 0x03, 0, 0, 0, 1, 1, 0x41, 0, 14]),
        Buffer.from('status-message\u0000\u0009Not today\u0003', 'latin1'),
      ]),
    );
    const error = await failure(lookByIpp(busTo(`ipp://127.0.0.1:${port}/ipp/print`)));
    expect([error.code, error.kind]).toEqual(['ipp.refused', 'refused']);
    expect(error.evidence).toEqual({ status: '0x0403', message: 'Not today' });
  });

  it('is garbled where the answer is to another request, or says nothing of a printer', async () => {
    const port = await saying(
      Buffer.from([2, 0, 0, 0, 0, 0, 0, 9, 4, 0x23, 0, 1, 0x61, 0, 4, 0, 0, 0, 3, 3]),
      Buffer.from([2, 0, 0, 0, 0, 0, 0, 2, 1, 4, 3]),
    );
    const bus = busTo(`ipp://127.0.0.1:${port}`);
    const memory = newIppMemory();
    expect(await failureOf(lookByIpp(bus, memory))).toMatchObject({
      text: expect.stringContaining('another request'),
    });
    expect(await failureOf(lookByIpp(bus, memory))).toMatchObject({
      text: expect.stringContaining('nothing of a printer'),
    });
  });
});

describe('the way to a printer', () => {
  it('is one kept connection, one request at a time, in their order', async () => {
    const clock = new VirtualClock();
    const far = await printer({ clock });
    const bus = busTo(far.url);
    const answers = [bus.exchange(message(bus)), bus.exchange(message(bus)), bus.exchange(message(bus))];
    far.late(1_000);
    for (let asked = 1; asked <= 3; asked++) {
      await expect.poll(() => [far.requests, clock.pending().length]).toEqual([asked, 1]);
      await clock.advance(1_000);
      await answers[asked - 1];
    }
    expect([far.requests, far.connections, bus.sent]).toEqual([3, 1, 3]);
  });

  it('is open from its making to its closing, and then leaves no timer', async () => {
    const clock = new VirtualClock();
    const far = await printer({ clock });
    const bus = busTo(far.url, {}, clock);
    const states: string[] = [];
    bus.onChange(() => states.push(bus.state));
    expect(bus.state).toBe('open');
    await bus.exchange(message(bus));
    far.late(60_000);
    const under = failureOf(bus.exchange(message(bus)));
    const waiting = failureOf(bus.exchange(message(bus)));
    await expect.poll(() => far.requests).toBe(2);
    await bus.close();
    expect([
      (await under).code,
      (await waiting).code,
      (await failureOf(bus.exchange(message(bus)))).code,
    ]).toEqual(['bus.closed', 'bus.closed', 'bus.closed']);
    expect(states).toEqual(['closed']);
    await far.close();
    expect(clock.pending()).toEqual([]);
  });

  it.each(['kept', 'in use'])('is closed with its connection that is %s', async (which) => {
    let opened = 0;
    let standing = 0;
    const port = await listener((socket) => {
      opened++;
      standing++;
      socket.on('close', () => standing--);
      socket.on('data', () => {
        if (which === 'kept')
          socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const bus = busTo(`ipp://127.0.0.1:${port}/`);
    const asked = bus.exchange(message(bus)).catch(() => {});
    if (which === 'kept') await asked;
    await expect.poll(() => [opened, standing]).toEqual([1, 1]);
    await bus.close();
    await expect.poll(() => [opened, standing]).toEqual([1, 0]);
  });

  it('gives a late printer up in time, and the next request has a connection of its own', async () => {
    const clock = new VirtualClock();
    const far = await printer();
    const bus = busTo(far.url, {}, clock);
    far.late(3_600_000);
    const late = failureOf(bus.exchange(message(bus)));
    await expect.poll(() => far.requests).toBe(1);
    await clock.advance(timeoutMilliseconds);
    expect(await late).toMatchObject({ code: 'ipp.timeout', kind: 'timeout' });
    far.late(0);
    await bus.exchange(message(bus));
    expect([far.connections, bus.sent]).toEqual([2, 2]);
  });

  it('gives up one that drips an answer without an end', async () => {
    const clock = new VirtualClock();
    let dripped = 0;
    const port = await listener((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 1000\r\n\r\nx');
        dripped++;
      });
    });
    const bus = busTo(`ipp://127.0.0.1:${port}/`, {}, clock);
    const slow = failureOf(bus.exchange(message(bus)));
    await expect.poll(() => dripped).toBe(1);
    await clock.advance(timeoutMilliseconds);
    expect((await slow).code).toBe('ipp.timeout');
  });

  it('takes an answer in pieces of one byte as it is', async () => {
    const body = Uint8Array.from({ length: 20_000 }, (_, at) => at % 251);
    const port = await listener((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => {
        const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nTransfer-Encoding: chunked\r\n\r\n';
        const pieces = Array.from(body, (byte) => Buffer.from([0x31, 13, 10, byte, 13, 10]));
        socket.write(Buffer.concat([Buffer.from(head), ...pieces, Buffer.from('0\r\n\r\n')]));
      });
    });
    const bus = busTo(`ipp://127.0.0.1:${port}/ipp/print`);
    expect(await bus.exchange(message(bus))).toEqual(body);
  });

  it('can be called off, under way and waiting', async () => {
    const far = await printer();
    const bus = busTo(far.url);
    far.late(3_600_000);
    const [first, second] = [new AbortController(), new AbortController()];
    const both = [first, second].map(({ signal }) => failureOf(bus.exchange(message(bus), signal)));
    await expect.poll(() => far.requests).toBe(1);
    second.abort();
    first.abort();
    expect((await Promise.all(both)).map(({ code }) => code)).toEqual(['bus.cancelled', 'bus.cancelled']);
    expect((await failureOf(bus.exchange(message(bus), first.signal))).code).toBe('bus.cancelled');
    far.late(0);
    await bus.exchange(message(bus));
    expect(far.requests).toBe(2);
  });

  it('takes no more than 32 in waiting', async () => {
    const far = await printer();
    const bus = busTo(far.url);
    far.late(3_600_000);
    const all = Array.from({ length: 34 }, () => failureOf(bus.exchange(message(bus))));
    expect((await all[33])?.code).toBe('bus.queue-full');
    await bus.close();
    expect(new Set((await Promise.all(all.slice(0, 33))).map(({ code }) => code))).toEqual(
      new Set(['bus.closed']),
    );
  });

  it('comes back by itself when the printer does', async () => {
    const far = await printer();
    const bus = busTo(far.url);
    await bus.exchange(message(bus));
    await far.power.off();
    expect(await failureOf(bus.exchange(message(bus)))).toMatchObject({
      code: 'ipp.unreachable',
      kind: 'absent',
      text: expect.stringContaining('nothing listens there'),
    });
    await far.power.on();
    await bus.exchange(message(bus));
    expect(bus.state).toBe('open');
  });

  it('asks again at once where the kept connection was closed before it was used', async () => {
    let connections = 0;
    let requests = 0;
    const port = await listener((socket) => {
      const isFirst = ++connections === 1;
      let mine = 0;
      socket.on('error', () => {});
      socket.on('data', () => {
        requests++;
        // As a printer that gives up on a connection just when something comes over it.
        if (isFirst && ++mine === 2) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const bus = busTo(`ipp://127.0.0.1:${port}/`);
    await bus.exchange(message(bus));
    expect(Buffer.from(await bus.exchange(message(bus))).toString()).toBe('ok');
    expect([connections, requests]).toEqual([2, 3]);
    await bus.close();
  });

  it('says what is wrong with an answer, and what to do', async () => {
    const far = await printer();
    const bus = busTo(far.url);
    const ask = () => failureOf(bus.exchange(message(bus)));
    far.redirect(true);
    expect(await ask()).toMatchObject({
      code: 'ipp.refused',
      kind: 'refused',
      text: expect.stringMatching(/to http:\/\/192\.0\.2\.1\/login.*not followed/),
    });
    far.redirect(false);
    for (const [status, words] of [
      [401, 'wants a password'],
      [403, 'wants a password'],
      [404, 'most have it at /ipp/print'],
      [426, 'use ipps:'],
      [500, 'HTTP 500'],
      [204, 'HTTP 204'],
    ] as const) {
      far.status(status);
      expect(await ask()).toMatchObject({ code: 'ipp.refused', text: expect.stringContaining(words) });
    }
    far.status(200);
    far.page(true);
    expect(await ask()).toMatchObject({
      code: 'ipp.garbled',
      kind: 'garbled',
      text: expect.stringContaining('a page'),
    });
    far.page(false);
    far.huge(true);
    expect(await ask()).toMatchObject({ code: 'ipp.garbled', text: expect.stringContaining('262144 bytes') });
    far.huge(false);
    far.cut(true);
    expect(await ask()).toMatchObject({ code: 'ipp.garbled', text: expect.stringContaining('was cut') });
    far.cut(false);
    far.garble(true);
    expect(await failureOf(lookByIpp(bus))).toMatchObject({ code: 'ipp.garbled', kind: 'garbled' });
    far.garble(false);
    // After all of that it is asked as if nothing had been.
    expect((await lookByIpp(bus)).state).toBe('idle');
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.2p1\r\n', 'ipp.garbled', 'does not speak HTTP'],
    [
      'a head without an end',
      `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}`,
      'ipp.garbled',
      'does not speak HTTP',
    ],
    [
      'a length that is too long',
      'HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 999999999\r\n\r\n',
      'ipp.garbled',
      'more than 262144 bytes',
    ],
    [
      'a packed answer',
      'HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Encoding: gzip\r\n\r\n',
      'ipp.garbled',
      'packs its answer',
    ],
    [
      'no content type',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
      'ipp.garbled',
      'does not answer with IPP',
    ],
    ['nothing at all', '', 'ipp.unreachable', 'closes the connection'],
  ])('refuses %s', async (_what, bytes, code, words) => {
    const port = await listener((socket) => {
      socket.on('error', () => {});
      socket.on('data', () => socket.end(bytes));
    });
    const bus = busTo(`http://127.0.0.1:${port}/ipp/print`);
    expect(await failureOf(bus.exchange(message(bus)))).toMatchObject({
      code,
      text: expect.stringContaining(words),
    });
  });

  it('says that a name is not known', async () => {
    const bus = busTo('ipp://printer.invalid/ipp/print');
    expect(await failureOf(bus.exchange(message(bus)))).toMatchObject({
      code: 'ipp.unreachable',
      text: expect.stringContaining('give its IP address'),
    });
  });

  it.each([
    ['ipp://192.168.1.60/ipp/print', 'ipp://192.168.1.60/ipp/print'],
    ['ipp://192.168.1.60', 'ipp://192.168.1.60/ipp/print'],
    ['ipps://kiosk-1.local:8443/ipp/port1', 'ipps://kiosk-1.local:8443/ipp/port1'],
    ['http://192.168.1.60:631/ipp', 'ipp://192.168.1.60/ipp'],
    ['http://192.168.1.60/ipp', 'ipp://192.168.1.60:80/ipp'],
    ['https://[fe80::1]/printers/a?b=c', 'ipps://[fe80::1]:443/printers/a?b=c'],
  ])('to %s is named %s', (url, printerUri) => {
    expect(busTo(url).printerUri).toBe(printerUri);
  });

  it.each(['', '192.168.1.60', 'lpd://192.168.1.60/', 'ipp:///ipp/print', 'ipp://staff:secret@kiosk/'])(
    'has no such address as "%s"',
    (url) => {
      expect(() => busTo(url)).toThrow(expect.objectContaining({ code: 'ipp.bad-url', kind: 'usage' }));
    },
  );
});

describe('the way to a printer over TLS', () => {
  const tls = selfSigned('localhost');
  const stranger = selfSigned('kiosk-1.example');

  it('is refused where its certificate is not trusted, with what to do', async () => {
    const far = await printer({ tls });
    const bus = busTo(far.url);
    const error = await failure(bus.exchange(message(bus)));
    expect([error.code, error.kind]).toEqual(['ipp.refused', 'refused']);
    expect(error.message).toContain('name that as ca');
    expect(error.evidence).toMatchObject({ system: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(far.requests).toBe(0);
  });

  it('is open with the certificate as ca, and another one does not do', async () => {
    const far = await printer({ tls });
    expect((await lookByIpp(busTo(far.url, { ca: tls.cert }))).state).toBe('idle');
    const wrong = busTo(far.url, { ca: stranger.cert });
    expect(await failureOf(wrong.exchange(message(wrong)))).toMatchObject({ code: 'ipp.refused' });
  });

  it('does not mind the name in a certificate that is itself the ca: printers have any name in theirs', async () => {
    const far = await printer({ tls: stranger });
    expect((await lookByIpp(busTo(far.url, { ca: stranger.cert }))).state).toBe('idle');
  });

  it('keeps one connection', async () => {
    const far = await printer({ tls });
    const bus = busTo(far.url, { ca: tls.cert });
    for (let look = 0; look < 3; look++) await lookByIpp(bus);
    expect(far.connections).toBe(1);
  });

  it('says where there is no TLS', async () => {
    const far = await printer();
    const bus = busTo(far.url.replace('ipp:', 'ipps:'));
    expect(await failureOf(bus.exchange(message(bus)))).toMatchObject({
      code: 'ipp.garbled',
      text: expect.stringContaining('use ipp: instead of ipps:'),
    });
  });

  it.each(['', 'no certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'takes no ca such as "%s"',
    (ca) => {
      expect(() => busTo('ipps://kiosk/', { ca })).toThrow(
        expect.objectContaining({ code: 'ipp.bad-ca', kind: 'usage' }),
      );
    },
  );
});
