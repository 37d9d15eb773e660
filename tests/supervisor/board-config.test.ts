/** What the check of a configuration says of boards and their profiles. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkDocument } from '../../src/supervisor/config/check.js';
import { profileFinder } from '../../src/supervisor/config/load.js';

const folder = mkdtempSync(join(tmpdir(), 'hallward-profiles-'));
mkdirSync(join(folder, 'profiles'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => writeFileSync(join(folder, 'profiles', `${name}.yaml`), text);

write('nonsense', 'protocol: morse');
write('list', '[1, 2]');
write('cut', 'protocol: [template');
write(
  'bomb',
  [
    'a: &a [x,x,x,x,x,x,x,x,x,x]',
    ...[1, 2, 3, 4, 5, 6].map((n) => `a${n}: &a${n} [${`*a${n === 1 ? '' : n - 1},`.repeat(10)}]`),
  ].join('\n'),
);
write(
  'textless',
  'protocol: template\nmodel: x\nsource: x\ntriedOnHardware: false\ndisplay: { columns: 4, encoding: ascii }\nshow: { parts: [{ part: bytes, bytes: "40" }] }',
);
write(
  'windowed',
  'protocol: template\nmodel: W\nsource: x\ntriedOnHardware: false\ndisplay: { columns: 4, encoding: ascii }\nshow: { parts: [{ part: window }, { part: text, bytes: 4 }] }',
);
write(
  'plain',
  'protocol: template\nmodel: P\nsource: x\ntriedOnHardware: false\ndisplay: { columns: 4, encoding: ascii }\nshow: { parts: [{ part: text, bytes: 4 }] }',
);
write(
  'digits',
  'protocol: template\nmodel: D\nsource: x\ntriedOnHardware: false\ndisplay: { columns: 4, encoding: ascii, characters: "0123456789 " }\nshow: { parts: [{ part: text, bytes: 4 }] }',
);

const findProfile = profileFinder(folder);

type Devices = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function problemsOf(devices: Devices, rest: object = {}): string[] {
  const document = {
    ...{ hall: 'jinshan', controller: 'row-a' },
    buses: {
      row: { type: 'serial', path: '/dev/serial/by-id/row' },
      card: { type: 'tcp', host: '192.168.1.60', port: 5005 },
    },
    devices,
    ...rest,
  };
  return checkDocument(document, findProfile).problems.map(({ path, message }) => `${path}: ${message}`);
}

const template = (change: object = {}) => ({
  ...{ kind: 'window-board', window: '5', bus: 'row', protocol: 'template', profile: 'ascii-at', address: 5 },
  ...change,
});
const alpha = (change: object = {}) => ({
  kind: 'window-board',
  window: '5',
  bus: 'row',
  protocol: 'alpha',
  ...change,
});
const onbon = (change: object = {}) => ({
  ...{ kind: 'hall-board', bus: 'card', protocol: 'onbon5', width: 192, height: 64 },
  ...change,
});
const panel = (change: object = {}) => ({
  ...{
    kind: 'window-board',
    window: '5',
    bus: 'row',
    protocol: 'modbus-panel',
    profile: 'dm36b06',
    address: 5,
  },
  ...change,
});

describe('a configuration with boards of letters', () => {
  it('is valid', () => {
    expect(
      problemsOf({
        'board-5': template(),
        'board-6': template({ window: '6', address: 6 }),
        hall: onbon({ brightnessPercent: 80, brightnessByHour: { '18:00-08:00': 20 } }),
        'board-7': onbon({ kind: 'window-board', window: '7', area: 1 }),
      }),
    ).toEqual([]);
  });

  it.each<[string, Devices, string]>([
    [
      'a profile for another protocol',
      { b: template({ profile: 'dm36b06' }) },
      'devices.b.profile: found "dm36b06": this profile is for protocol modbus-panel, expected one for template',
    ],
    [
      'the other way round',
      { b: panel({ profile: 'ascii-at' }) },
      'devices.b.profile: found "ascii-at": this profile is for protocol template, expected one for modbus-panel',
    ],
    [
      'no profile of that name',
      { b: template({ profile: 'none' }) },
      'devices.b.profile: found "none": there is no such profile in config/profiles',
    ],
    [
      'a profile for a protocol that nobody knows',
      { b: template({ profile: 'nonsense' }) },
      'devices.b.profile: found "nonsense": the profile is not valid: found protocol "morse", expected a mapping with protocol modbus-panel or template',
    ],
    [
      'a profile that is a list',
      { b: template({ profile: 'list' }) },
      'devices.b.profile: found "list": the profile is not valid: found no mapping, expected a mapping with protocol modbus-panel or template',
    ],
    [
      'a profile without a text',
      { b: template({ profile: 'textless' }) },
      'devices.b.profile: found "textless": the profile is not valid: show there is no text part',
    ],
    [
      'no address where frames have one',
      { b: template({ address: undefined }) },
      'devices.b.address: missing: the frames of the legacy @ board have an address',
    ],
    [
      'an address that the board can not have',
      { b: template({ address: 13 }) },
      'devices.b.address: found 13, expected 1 to 12: addresses of the legacy @ board',
    ],
    [
      'an address where frames have none',
      { b: template({ profile: 'plain' }) },
      'devices.b.address: the frames of the P have no address',
    ],
    [
      'an address twice',
      { b: template(), c: template({ window: '6' }) },
      'devices.c.address: address 5 of the legacy @ board on bus "row" belongs to device "b" already',
    ],
    [
      'two boards without an address on one wire',
      {
        b: template({ profile: 'plain', address: undefined }),
        c: template({ profile: 'plain', address: undefined, window: '6' }),
      },
      'devices.c.bus: every board without an address on bus "row" belongs to device "b" already',
    ],
    [
      'a window that its frames cannot say',
      { b: template({ profile: 'windowed', address: undefined, window: 'A-3' }) },
      'devices.b.window: found "A-3", expected a number: the W knows no other',
    ],
    [
      'a window too large for its frames',
      { b: template({ profile: 'windowed', address: undefined, window: '300' }) },
      'devices.b.window: The window 300 does not fit into 1 bytes (binary) of the frame.',
    ],
    [
      'a board for the hall whose frames name a window',
      {
        b: {
          ...template({ kind: 'hall-board', profile: 'windowed', address: undefined }),
          window: undefined,
        },
      },
      'devices.b.window: the frames of the W name a window, and this board has none',
    ],
    [
      'a sign that reaches every other on its wire',
      { b: alpha({ address: 0 }), c: alpha({ address: 7, window: '6' }) },
      'devices.c.address: sign address 7 on bus "row" belongs to device "b" already',
    ],
    [
      'brightness of two minds',
      { b: onbon({ brightnessByHour: { '08:00-12:00': 50, '11:00-13:00': 60 } }) },
      'devices.b.brightnessByHour.11:00-13:00: overlaps with "08:00-12:00"',
    ],
    ['brightness that is none', { b: onbon({ brightnessPercent: 0 }) }, 'devices.b.brightnessPercent'],
    ['no size', { b: onbon({ width: undefined }) }, 'devices.b.width: missing'],
    [
      'two areas that are one',
      { b: onbon(), c: onbon() },
      'devices.c.address: area 0 of the card with address 1 on bus "card" belongs to device "b" already',
    ],
  ])('and %s says so', (_, devices, problem) => {
    const clean = JSON.parse(JSON.stringify(devices)) as Devices;
    expect(problemsOf(clean)).toContainEqual(expect.stringContaining(problem));
  });

  it('says once that a sign for all of them stands on the wire of another', () => {
    expect(problemsOf({ b: alpha(), c: alpha({ window: '6' }) })).toHaveLength(1);
  });

  it.each(['cut', 'bomb'])('and the profile "%s" is refused without a crash', (name) => {
    expect(problemsOf({ b: template({ profile: name }) })).toContainEqual(
      expect.stringMatching(/^devices\.b\.profile: /),
    );
  });

  it('may have a board that only listens on the wire of those that answer, and of those that speak', () => {
    const keys = {
      kind: 'caller',
      window: '5',
      bus: 'row',
      protocol: 'serial-keys',
      keys: { next: 'AA 05' },
    };
    expect(problemsOf({ b: panel(), c: template({ window: '6' }) })).toEqual([]);
    expect(problemsOf({ keys, c: template({ window: '6' }) })).toEqual([]);
    expect(problemsOf({ keys, c: alpha({ acknowledge: true }) })).toContainEqual(
      expect.stringContaining('cannot share bus'),
    );
  });

  it('with a board of digits cannot tell two queues apart at its window', () => {
    const queue = (prefix: string) => ({ prefix, windows: ['5'] });
    const calling = { queues: { one: queue('A'), two: queue('B') } };
    const of = (profile: string) =>
      problemsOf({ b: { ...template({ profile }), address: undefined } }, { calling });
    const digitsOnly = expect.stringContaining('the board shows digits only');
    expect(of('digits')).toContainEqual(digitsOnly);
    expect(of('plain')).not.toContainEqual(digitsOnly);
  });
});
