/** What the check says of buses whose entries cannot mean what somebody wrote. */
import { describe, expect, it } from 'vitest';
import { checkDocument } from '../../src/supervisor/config/check.js';

const problemsOf = (buses: object, devices: object = {}) =>
  checkDocument({ hall: 'h', controller: 'c', buses, devices }, () => undefined).problems.map(
    ({ path, message }) => `${path}: ${message}`,
  );

describe('an SNMP bus', () => {
  const snmp = (options: object) => problemsOf({ kiosk: { type: 'snmp', host: '192.168.1.61', ...options } });

  it('has a community or a user, as its version wants', () => {
    expect(snmp({})).toEqual([]);
    expect(snmp({ communityFile: '/etc/hallward/none' })).toEqual([]);
    const keys = { authKeyFile: '/etc/hallward/a', privKeyFile: '/etc/hallward/p' };
    expect(snmp({ version: '3', user: 'hall', ...keys })).toEqual([]);
    expect(snmp({ version: '3', user: 'hall' })).toEqual([]);
  });

  it.each([
    [{ version: '3' }, 'expected user with version 3'],
    [{ version: '3', user: 'hall', communityFile: '/c' }, 'expected no communityFile with version 3'],
    [{ user: 'hall' }, 'expected version: "3" with user'],
    [{ authKeyFile: '/a' }, 'expected version: "3" with user'],
    [{ version: '3', user: 'hall', privKeyFile: '/p' }, 'expected authKeyFile with privKeyFile'],
    [{ version: '3', user: '' }, 'expected not nothing'],
    [{ version: 3, user: 'hall' }, 'found the number 3'],
    [{ communityfile: '/c' }, 'did you mean "communityFile"?'],
  ])('with %j is refused', (options, words) => {
    const problems = snmp(options);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(words);
  });
});

describe('an IPP bus', () => {
  const ipp = (options: object) => problemsOf({ office: { type: 'ipp', ...options } });

  it('is trusted by a ca only where it is encrypted', () => {
    expect(ipp({ url: 'ipps://192.168.1.60/ipp/print', ca: '/ca.pem' })).toEqual([]);
    expect(ipp({ url: 'ipp://192.168.1.60/ipp/print', ca: '/ca.pem' })[0]).toContain('url with ipps:');
  });

  it('has no password in its address, and a wrong one is not repeated', () => {
    const [problem] = ipp({ url: 'ipp://me:geheim@192.168.1.60/ipp/print' });
    expect(problem).toContain('a printer address such as');
    expect(problem).not.toContain('geheim');
  });
});

describe('two buses', () => {
  it('are not one serial adapter, whatever is behind it', () => {
    const path = '/dev/serial/by-id/usb-x';
    expect(problemsOf({ uno: { type: 'firmata', path }, keys: { type: 'serial', path } })).toEqual([
      `buses.keys: "${path}" is bus "uno" already`,
    ]);
  });

  it('may be one printer, by SNMP and by IPP', () => {
    const [host, url] = ['192.168.1.60', 'ipp://192.168.1.60/ipp/print'];
    expect(problemsOf({ a: { type: 'snmp', host }, b: { type: 'ipp', url } })).toEqual([]);
    expect(problemsOf({ a: { type: 'snmp', host }, b: { type: 'snmp', host } })).toHaveLength(1);
  });
});

describe('an Arduino', () => {
  const button = { kind: 'hall-button', bus: 'uno', protocol: 'gpio-contact', line: 3, does: 'help' };
  const uno = { uno: { type: 'firmata', path: '/dev/serial/by-id/usb-x' } };

  it('pulls no input down: one that would be in the air is refused, with both ways out', () => {
    const words =
      'a Firmata board pulls its inputs up only: join the contact to ground and write activeLow: true, or fit a resistor of 10 kΩ to ground and write bias: disabled';
    expect(problemsOf(uno, { help: { ...button, activeLow: false } })).toEqual([
      `devices.help.activeLow: ${words}`,
    ]);
    expect(problemsOf(uno, { help: { ...button, activeLow: false, bias: 'disabled' } })).toEqual([]);
    expect(problemsOf(uno, { help: { ...button, activeLow: true } })).toEqual([]);
  });
});

describe('a line', () => {
  const button = { kind: 'hall-button', protocol: 'gpio-contact', does: 'help', activeLow: true };
  const buses = {
    i2c1: { type: 'i2c', number: 1 },
    mcp: { type: 'expander', bus: 'i2c1', chip: 'mcp23017', address: 0x20 },
    pcf: { type: 'expander', bus: 'i2c1', chip: 'pcf8574', address: 0x21 },
    uno: { type: 'firmata', path: '/dev/serial/by-id/usb-x' },
  };
  const both = (bus: string, one: unknown, other: unknown) =>
    problemsOf(buses, { a: { ...button, bus, line: one }, b: { ...button, bus, line: other } });

  it.each([
    ['mcp', 'GPB3', 11],
    ['mcp', 'GPA0', 0],
    ['pcf', 'P3', 3],
    ['uno', 'D13', 13],
  ])('of %s belongs to one device, also by its other name: %s is %i', (bus, one, other) => {
    expect(both(bus, one, other)).toEqual([
      `devices.b.line: line ${other} on bus "${bus}" belongs to device "a" already`,
    ]);
    expect(both(bus, one, Number(other) + 1)).toEqual([]);
  });
});
