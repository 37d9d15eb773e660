import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkDocument } from '../../src/supervisor/config/check.js';
import { loadFile, profileFinder } from '../../src/supervisor/config/load.js';

// biome-ignore lint/suspicious/noExplicitAny: tests change documents anywhere.
type Loose = Record<string, any>;

const findProfile = profileFinder(tmpdir());

/** The example of the contract, section 2. */
const contractExample = `
hall: jinshan            # [a-z0-9-]{1,40}
controller: row-a
language: zh-CN          # or en: texts on boards, voice, faults
timezone: Asia/Shanghai  # the default; events stay UTC, people see local time
hours: { mon-fri: ["09:00-11:30", "13:30-17:00"] }   # holidays: and workdays: lists of dates (调休)
hub:                     # without hub: the hall runs alone
  url: mqtts://hub.jinshan.example:8883      # or a list, tried in order
  username: row-a
  passwordFile: /etc/hallward/hub.password   # secrets only ever by file
  ca: /etc/hallward/ca.pem                   # cert:, key: for mutual TLS
storage: { path: /var/lib/hallward }         # maxMegabytes: 256
buses:
  keys-5:  { type: serial, path: /dev/serial/by-id/usb-xxx-if00, baudRate: 9600 }   # parity, dataBits, stopBits
  keys-6:  { type: serial, path: /dev/serial/by-id/usb-zzz-if00, baudRate: 9600 }
  keys-7:  { type: serial, path: /dev/serial/by-id/usb-uuu-if00, baudRate: 9600 }
  row:     { type: serial, path: /dev/serial/by-id/usb-yyy-if00, baudRate: 9600 }
  printer: { type: tcp, host: 192.168.1.50, port: 9100 }
  gpio:    { type: gpio, chip: pinctrl-bcm2711 }   # by label, never by number
  i2c1:    { type: i2c, number: 1 }
devices:                 # each may carry label, place, contact: what a person is told
  caller-5:  { kind: caller, window: "5", bus: keys-5, protocol: serial-keys,
               keys: { next: "AA 05 01 B0", recall: "AA 05 02 B1", skip: "AA 05 03 B2", pause: "AA 05 04 B3", done: "AA 05 05 B4" } }
  rate-5:    { kind: evaluator, window: "5", bus: gpio, protocol: gpio-buttons, activeLow: true,
               buttons: { "5": 17, "4": 27, "3": 22, "2": 23, "1": 24 } }
  rate-6:    { kind: evaluator, window: "6", bus: keys-6, protocol: serial-keys,
               keys: { "5": "45 35 0A", "4": "45 34 0A", "3": "45 33 0A", "2": "45 32 0A", "1": "45 31 0A" } }
  rates:     { kind: evaluator, bus: keys-7, protocol: serial-lines, pattern: "E,{window},{level}" }   # many windows on one line of text
  board-5:   { kind: window-board, window: "5", bus: row, protocol: modbus-panel, profile: dm36b06, address: 5 }
  tickets:   { kind: ticket-printer, bus: printer, protocol: escpos }
  seats-n:   { kind: seating, bus: i2c1, protocol: mcp23017, address: 0x20, seats: 14 }
calling:                 # present: this controller leads the calling for these queues
  queues:
    general: { prefix: A, matter: registration, windows: ["5", "6"] }
  windows:
    "5": { unit: Human Resources, staff: "0317" }
    "6": { unit: Human Resources, staff: "0321" }
`;

function problemsOf(document: unknown): string[] {
  return checkDocument(document, findProfile).problems.map(({ path, message }) => `${path}: ${message}`);
}

/** Puts a section `http` and what uses it into a document. */
function withPages(document: Loose, http: object, more: { buses?: object; devices?: object }): void {
  document.http = http;
  Object.assign(document.buses, more.buses);
  Object.assign(document.devices, more.devices);
}

/** The contract's example with one thing changed. */
function changed(change: (document: Loose) => void): string[] {
  const document = parse(contractExample) as Record<string, unknown>;
  change(document);
  return problemsOf(document);
}

describe('a configuration', () => {
  it('of the contract is valid, with its defaults', () => {
    const { configuration, problems } = checkDocument(parse(contractExample), findProfile);
    expect(problems).toEqual([]);
    expect(configuration).toMatchObject({
      storage: { path: '/var/lib/hallward', maxMegabytes: 256 },
      buses: { 'keys-5': { parity: 'none', dataBits: 8, stopBits: 1 } },
      devices: { 'caller-5': { debounceMilliseconds: 300 }, 'board-5': { pollMilliseconds: 1000 } },
      calling: { ratingSeconds: 60 },
    });
  });

  it('has pages with as little as their kind: bus, protocol and address have one sensible choice', () => {
    const document = parse(contractExample) as Loose;
    document.http = {};
    document.devices.screen = { kind: 'hall-display' };
    document.devices.kiosk = { kind: 'ticket-kiosk' };
    const { configuration, problems } = checkDocument(document, findProfile);
    expect(problems).toEqual([]);
    expect(configuration).toMatchObject({
      buses: { http: { type: 'page', address: '127.0.0.1', port: 8080, names: [] } },
      devices: { screen: { bus: 'http', protocol: 'page', calls: 6 }, kiosk: { bus: 'http', voice: true } },
    });
    document.http = { address: '0.0.0.0', tokenFile: '/etc/hallward/pages.token' };
    document.devices.kiosk.tokenFile = '/etc/hallward/kiosk.token';
    expect(problemsOf(document)).toEqual([]);
  });

  it('refuses a page’s token that everybody may read, with the command that mends it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hallward-config-'));
    try {
      const [server, own] = ['server.token', 'own.token'].map((name) => join(folder, name)) as [
        string,
        string,
      ];
      for (const file of [server, own]) writeFileSync(file, 'token-0123456789-abc', { mode: 0o644 });
      const path = join(folder, 'hallward.yaml');
      const http = `http: { tokenFile: ${server} }`;
      const devices = `devices: { kiosk: { kind: ticket-kiosk, tokenFile: ${own} }, s: { kind: hall-display, tokenFile: /none } }`;
      writeFileSync(path, `hall: a\ncontroller: b\n${http}\n${devices}\n`);
      for (const file of [server, own]) chmodSync(file, 0o644);
      expect(loadFile(path).problems).toEqual([
        {
          path: 'http.tokenFile',
          message: `everybody may read ${server}; mend it with: chmod 600 ${server}`,
        },
        {
          path: 'devices.kiosk.tokenFile',
          message: `everybody may read ${own}; mend it with: chmod 600 ${own}`,
        },
      ]);
      for (const file of [server, own]) chmodSync(file, 0o600);
      expect(loadFile(path)).toMatchObject({
        problems: [],
        notes: [{ path: 'devices.s.tokenFile', message: '/none cannot be read here (ENOENT)' }],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('may have two keypads on one bus that ignore the same heartbeat', () => {
    const problems = changed((d) => {
      d.devices['caller-5'].ignore = ['AA 05 00 AF', '55'];
      const keys = { next: 'AA 06 01 B1' };
      d.devices['caller-6'] = { ...d.devices['caller-5'], window: '6', keys, ignore: ['aa0500af'] };
      d.devices['rate-6'].ignore = Array.from({ length: 16 }, (_, row) => `F0 ${row + 10}`);
      d.devices.rates = { ...d.devices['rate-6'], bus: 'keys-7', ignore: [] };
    });
    expect(problems).toEqual([]);
  });

  it('with only its names is valid', () => {
    expect(problemsOf({ hall: 'jinshan', controller: 'row-a' })).toEqual([]);
  });

  it.each<[string, (document: Loose) => void, string]>([
    ['a missing name', (d) => delete d.hall, 'hall: missing'],
    [
      'a bad name',
      (d) => (d.hall = 'Jinshan!'),
      'hall: found "Jinshan!", expected a name: a-z, 0-9 and "-", at most 40',
    ],
    [
      'an unknown key',
      (d) => (d.calling.queue = {}),
      'calling.queue: unknown key "queue"; did you mean "queues"?',
    ],
    [
      'a wrong type',
      (d) => (d.buses.row.baudRate = 'fast'),
      'buses.row.baudRate: found "fast", expected a number',
    ],
    [
      'a USB printer as a serial port',
      (d) => (d.buses.printer = { type: 'serial', path: '/dev/usb/lp0' }),
      'buses.printer.type: found "/dev/usb/lp0", which is a USB printer: type usb-printer',
    ],
    [
      'a GPIO chip by its number',
      (d) => (d.buses.gpio.chip = 'gpiochip0'),
      'buses.gpio.chip: found "gpiochip0", expected a label such as pinctrl-rp1: numbers change with the kernel',
    ],
    [
      'a page where no pages are served',
      (d) => (d.devices.screen = { kind: 'hall-display' }),
      'devices.screen.bus: there is no section http, which says where pages are served; add: http: { port: 8080 }',
    ],
    [
      'a bus of the name of the pages',
      (d) => withPages(d, {}, { buses: { http: { type: 'i2c', number: 2 } } }),
      'buses.http: the name "http" is that of the section http; choose another',
    ],
    [
      'a device of the name of the pages',
      (d) => withPages(d, {}, { devices: { http: { kind: 'hall-display' } } }),
      'devices.http: "http" is a bus too; buses and devices share one name space',
    ],
    [
      'an address for pages that is none',
      (d) => (d.http = { address: 'localhost' }),
      'http.address: found "localhost", expected an IP address of this board, or 0.0.0.0 for all of them',
    ],
    [
      'pages for other machines without a token',
      (d) => withPages(d, { address: '0.0.0.0' }, { devices: { screen: { kind: 'hall-display' } } }),
      'devices.screen.tokenFile: missing: other machines reach pages at 0.0.0.0; set http.tokenFile, or tokenFile here, or http.address to 127.0.0.1',
    ],
    [
      'a kiosk with the token for reading',
      (d) =>
        withPages(
          d,
          { address: '192.168.1.2', tokenFile: '/t' },
          { devices: { kiosk: { kind: 'ticket-kiosk' } } },
        ),
      'devices.kiosk.tokenFile: missing: a ticket-kiosk takes what people ask for, so it needs a token file of its own (http.tokenFile is for reading only)',
    ],
    [
      'a rating page with the file for reading',
      (d) => {
        const tablet = { kind: 'rating-page', window: '5', tokenFile: '/t' };
        withPages(d, { tokenFile: '/t' }, { devices: { tablet } });
      },
      'devices.tablet.tokenFile: found the file of http.tokenFile, which is for reading; a rating-page needs another',
    ],
    [
      'a kiosk with a queue that is not there',
      (d) =>
        withPages(d, {}, { devices: { kiosk: { kind: 'ticket-kiosk', queues: ['general', 'generl'] } } }),
      'devices.kiosk.queues.1: there is no queue "generl" in calling.queues; did you mean "general"?',
    ],
    [
      'a rating page of no window',
      (d) => withPages(d, {}, { devices: { tablet: { kind: 'rating-page' } } }),
      'devices.tablet.window: missing',
    ],
    [
      'a keypad on the pages',
      (d) => {
        d.http = {};
        d.devices['caller-5'].bus = 'http';
      },
      'devices.caller-5.bus: bus "http" is of type page; serial-keys needs serial or tcp',
    ],
    [
      'a GPIO line twice',
      (d) => (d.devices['rate-5'].lamp = 17),
      'devices.rate-5.lamp: line 17 on bus "gpio" belongs to device "rate-5" already',
    ],
    [
      'an I2C address twice',
      (d) => (d.devices['seats-s'] = { ...d.devices['seats-n'] }),
      'devices.seats-s.address: address 0x20 on bus "i2c1" belongs to device "seats-n" already',
    ],
    [
      'an I2C bus twice',
      (d) => (d.buses.i2c2 = { type: 'i2c', number: 1 }),
      'buses.i2c2: "/dev/i2c-1" is bus "i2c1" already',
    ],
    [
      'two on the wire of a printer',
      (d) => (d.devices['tickets-2'] = { ...d.devices.tickets }),
      'devices.tickets-2.bus: the whole wire of a printer on bus "printer" belongs to device "tickets" already',
    ],
    [
      'a seat on a pin that is an output',
      (d) => (d.devices['seats-n'] = { ...d.devices['seats-n'], seats: undefined, pins: [7] }),
      'devices.seats-n.pins: pin 7 can only be an output (GPA7, GPB7); use 0 to 6 and 8 to 14',
    ],
    [
      'a printer on a chip bus',
      (d) => (d.devices.tickets.bus = 'i2c1'),
      'devices.tickets.bus: bus "i2c1" is of type i2c; escpos needs serial or tcp or usb-printer',
    ],
    [
      'a bus that is not there',
      (d) => (d.devices['board-5'].bus = 'rwo'),
      'devices.board-5.bus: there is no bus "rwo"; did you mean "row"?',
    ],
    [
      'an unknown kind',
      (d) => (d.devices['board-5'].kind = 'window-bord'),
      'devices.board-5.kind: found "window-bord", expected one of caller, entrance, evaluator, facility, hall-board, hall-button, hall-display, printer, rating-page, signal, seating, supply-sensor, ticket-kiosk, ticket-printer, voice, washroom, window-board, window-page; did you mean "window-board"?',
    ],
    [
      'a window without quotes',
      (d) => (d.devices['board-5'].window = 5),
      'devices.board-5.window: found the number 5, expected text (write it in quotes: "5")',
    ],
    [
      'bad hex',
      (d) => (d.devices['caller-5'].keys.next = 'AA 0'),
      'devices.caller-5.keys.next: found "AA 0", expected 1 to 32 bytes in hex, such as "AA 05 01 B0"',
    ],
    [
      'an address out of range',
      (d) => (d.devices['board-5'].address = 300),
      'devices.board-5.address: found the number 300, expected at most 247',
    ],
    [
      'an address twice on a bus',
      (d) => (d.devices['board-6'] = { ...d.devices['board-5'], window: '6' }),
      'devices.board-6.address: address 5 on bus "row" belongs to device "board-5" already',
    ],
    [
      'key bytes twice on a bus',
      (d) => (d.devices['caller-6'] = { ...d.devices['caller-5'], window: '6', keys: { next: 'aa0501b0' } }),
      'devices.caller-6.keys.next: key bytes AA0501B0 on bus "keys-5" belongs to device "caller-5" already',
    ],
    [
      'bytes that are ignored and a key of the same device',
      (d) => (d.devices['caller-5'].ignore = ['AA 05 00 AF', 'aa0501b0']),
      'devices.caller-5.ignore.1: key bytes AA0501B0 on bus "keys-5" belongs to device "caller-5" already',
    ],
    [
      'bytes that one ignores and another one has as a key',
      (d) =>
        (d.devices['caller-6'] = {
          ...d.devices['caller-5'],
          window: '6',
          keys: { next: 'BB' },
          ignore: ['AA 05 01 B0'],
        }),
      'devices.caller-6.ignore.0: key bytes AA0501B0 on bus "keys-5" belongs to device "caller-5" already',
    ],
    [
      'a key that another one ignores',
      (d) =>
        Object.assign(d.devices, {
          'caller-5': { ...d.devices['caller-5'], ignore: ['BB 01'] },
          'caller-6': { ...d.devices['caller-5'], window: '6', keys: { next: 'BB 01' } },
        }),
      'devices.caller-6.keys.next: key bytes BB01 on bus "keys-5" belongs to device "caller-5" already',
    ],
    [
      'the same bytes ignored twice by one device',
      (d) => (d.devices['caller-5'].ignore = ['55 00', '5500']),
      'devices.caller-5.ignore.1: key bytes 5500 on bus "keys-5" belongs to device "caller-5" already',
    ],
    [
      'ignored bytes that begin a key',
      (d) => (d.devices['rate-6'].ignore = ['45 35']),
      'devices.rate-6.ignore.0: begins key "5" (45 35 0A), which would be lost unseen if its end were missing',
    ],
    [
      'ignored bytes that begin with a log-in',
      (d) => Object.assign(d.devices['caller-5'], { logins: { next: 'CC' }, ignore: ['CC 00'] }),
      'devices.caller-5.ignore.0: begins with the bytes (CC) of key "logins.next", which it would press if its end were missing',
    ],
    [
      'ignored bytes that are no hex',
      (d) => (d.devices['caller-5'].ignore = ['55', 'zz']),
      'devices.caller-5.ignore.1: found "zz", expected 1 to 32 bytes in hex, such as "AA 05 01 B0"',
    ],
    [
      'too many ignored bytes',
      (d) => (d.devices['caller-5'].ignore = ['00 '.repeat(33)]),
      `devices.caller-5.ignore.0: found "${'00 '.repeat(19)}…", expected 1 to 32 bytes in hex, such as "AA 05 01 B0"`,
    ],
    [
      'too many ignored rows',
      (d) => (d.devices['caller-5'].ignore = Array.from({ length: 17 }, (_, row) => `F0 ${row + 10}`)),
      'devices.caller-5.ignore: found a list, expected at most 16 long',
    ],
    [
      'a port twice',
      (d) => (d.buses.again = { ...d.buses.row }),
      'buses.again: "/dev/serial/by-id/usb-yyy-if00" is bus "row" already',
    ],
    [
      'a device named like a bus',
      (d) => (d.devices.row = d.devices['board-5']),
      'devices.row: "row" is a bus too; buses and devices share one name space',
    ],
    [
      'the reserved name',
      (d) => (d.devices.controller = d.devices['board-5']),
      'devices.controller: the name "controller" is reserved',
    ],
    [
      'a profile that is not there',
      (d) => (d.devices['board-5'].profile = 'dm99'),
      'devices.board-5.profile: found "dm99": there is no such profile in config/profiles',
    ],
    [
      'queues that digits cannot tell apart',
      (d) => (d.calling.queues.social = { prefix: 'B', windows: ['5'] }),
      'devices.board-5.profile: the board shows digits only and could not tell queues general and social apart at window "5"',
    ],
    [
      'a prefix twice',
      (d) => (d.calling.queues.social = { prefix: 'A', windows: ['7'] }),
      'calling.queues.social.prefix: prefix "A" is taken by queue "general"; two visitors would hold the same number',
    ],
    [
      'a caller whose window serves nothing',
      (d) => (d.devices['caller-5'].window = '9'),
      'devices.caller-5.window: window "9" serves no queue; name it in calling.queues',
    ],
    [
      'a password in the address',
      (d) => (d.hub.url = 'mqtt://a:b@hub'),
      'hub.url: found "mqtt://…@hub", expected a broker address such as mqtts://hub.example:8883 (user name and password stand apart)',
    ],
    [
      'an unknown time zone',
      (d) => (d.timezone = 'Asia/Jinshan'),
      'timezone: found "Asia/Jinshan", expected a time zone such as Asia/Shanghai',
    ],
    [
      'hours on no day',
      (d) => (d.hours.mo = ['09:00-10:00']),
      'hours.mo: found "mo", expected a day or range of days (mon, mon-fri), holidays or workdays',
    ],
    [
      'hours that end before they begin',
      (d) => (d.hours['mon-fri'] = ['11:00-09:00']),
      'hours.mon-fri.0: found "11:00-09:00", expected a range that ends after it begins',
    ],
    [
      'a pattern without a level',
      (d) => (d.devices.rates.pattern = 'E,{window}'),
      'devices.rates.pattern: found "E,{window}", expected a pattern with {level}',
    ],
    [
      'a pattern that names no window',
      (d) => (d.devices.rates.pattern = 'E,{level}'),
      'devices.rates.pattern: names no {window}; put it into the pattern, or give the device a window',
    ],
    [
      'asked and unasked on one wire',
      (d) => (d.devices.rates.bus = 'row'),
      'devices.board-5.bus: "board-5" and "rates" cannot share bus "row": one answers when asked, the other speaks unasked',
    ],
  ])('with %s says so', (_what, change, problem) => {
    expect(changed(change)).toContain(problem);
  });

  it('tells all of ten mistakes at once', () => {
    const problems = changed((d) => {
      d.hall = 'X';
      d.langage = 'en';
      d.timezone = 'Mars';
      d.hub.url = 'http://x';
      d.storage.maxMegabytes = 1;
      d.buses.row.type = 'serail';
      d.devices['board-5'].address = 0;
      d.devices['caller-5'].keys.next = 'zz';
      d.devices.rates.pattern = 'E';
      d.calling.queues.general.prefix = 'a';
    });
    expect(problems).toHaveLength(10);
  });

  it.each([
    [null],
    [[]],
    ['text'],
    [5],
    [{ buses: [] }],
    [{ devices: 'x' }],
    [{ calling: { queues: { a: null } } }],
  ])('that is %j is refused without a crash', (document) => {
    expect(problemsOf(document).length).toBeGreaterThan(0);
  });
});

describe('a configuration file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hallward-config-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const write = (name: string, text: string | Uint8Array) => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };

  it('that is absent, too large, not text or not YAML says so', () => {
    expect(loadFile(join(directory, 'none.yaml')).problems[0]?.message).toContain('there is no such file');
    expect(loadFile(write('large.yaml', 'a'.repeat(1024 * 1024 + 1))).problems[0]?.message).toContain(
      'larger than',
    );
    expect(loadFile(write('bytes.yaml', Uint8Array.of(0xff, 0xfe))).problems[0]?.message).toContain(
      'not UTF-8',
    );
    expect(loadFile(write('cut.yaml', 'hall: [a')).problems[0]?.message).toContain('not valid YAML');
    expect(loadFile(write('twice.yaml', 'hall: a\nhall: b')).problems[0]?.message).toContain('unique');
  });

  it('with a thousandfold alias is refused', () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 9; level++)
      bomb.push(`a${level}: &a${level} [${`*a${level === 1 ? '' : level - 1},`.repeat(10)}]`);
    expect(loadFile(write('bomb.yaml', bomb.join('\n'))).problems.length).toBeGreaterThan(0);
  });

  it('has the same hash whatever its comments and key order', () => {
    const one = loadFile(write('one.yaml', 'hall: a\ncontroller: b\n'));
    const two = loadFile(write('two.yaml', '# said otherwise\n{"controller": "b", "hall": "a"}'));
    expect(one.hash).toBe(two.hash);
    expect(one.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('whose secret everybody may read is refused, with the command that mends it', () => {
    const secret = write('hub.password', 'secret');
    const text = `hall: a\ncontroller: b\nhub: { url: "mqtt://hub", passwordFile: "${secret}" }`;
    chmodSync(secret, 0o644);
    expect(loadFile(write('open.yaml', text)).problems).toEqual([
      {
        path: 'hub.passwordFile',
        message: `everybody may read ${secret}; mend it with: chmod 600 ${secret}`,
      },
    ]);
    chmodSync(secret, 0o600);
    expect(loadFile(write('open.yaml', text)).problems).toEqual([]);
  });

  it('whose secret is not there yet is valid, with a note', () => {
    const loaded = loadFile(
      write('note.yaml', 'hall: a\ncontroller: b\nhub: { url: "mqtt://hub", passwordFile: /none }'),
    );
    expect(loaded.configuration).toBeDefined();
    expect(loaded.notes).toEqual([
      { path: 'hub.passwordFile', message: '/none cannot be read here (ENOENT)' },
    ]);
  });

  it('whose queue is served at a window that nothing stands at is valid, with a note', () => {
    const text = (more = '') => `
hall: a
controller: b
buses: { keys: { type: serial, path: /dev/none } }
devices:
  caller-15: { kind: caller, window: "15", bus: keys, protocol: serial-keys, keys: { next: "01" } }
calling:
  queues:
    general: { prefix: A, windows: ["15", "16", "51"] }
  windows:
    "16": { unit: x }
${more}`;
    const loaded = loadFile(write('windows.yaml', text()));
    expect(loaded.problems).toEqual([]);
    expect(loaded.notes).toEqual([
      {
        path: 'calling.queues.general.windows.2',
        message: expect.stringMatching(
          /^no device and no entry of calling\.windows is at window "51"; known: 16, 15$/,
        ),
      },
    ]);
    expect(loadFile(write('windows.yaml', text('    "51": { unit: x }'))).notes).toEqual([]);
    // What stands at other boards is not known here.
    expect(loadFile(write('windows.yaml', text('  hands: [row-b]'))).notes).toEqual([]);
  });
});
