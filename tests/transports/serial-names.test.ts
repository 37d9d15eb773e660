import mockFs from 'mock-fs';
import { afterEach, describe, expect, it } from 'vitest';
import { pluggedInAdapters, whatIsPluggedIn } from '../../src/transports/serial-names.js';

afterEach(() => mockFs.restore());

/** `/dev/serial/by-id` with these names, as udev makes it: links to the kernel's names. */
function plugIn(...names: string[]): void {
  const links = names.map((name, index) => [name, mockFs.symlink({ path: `../../ttyUSB${index}` })]);
  mockFs({ '/dev/serial/by-id': Object.fromEntries(links) });
}

describe('the adapters that are plugged in', () => {
  it('are named by their stable names', () => {
    plugIn('usb-FTDI_FT232R_A50285BI-if00-port0', 'usb-1a86_USB_Serial-if00-port0');
    expect(pluggedInAdapters()).toEqual([
      '/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0',
      '/dev/serial/by-id/usb-FTDI_FT232R_A50285BI-if00-port0',
    ]);
    expect(whatIsPluggedIn()).toMatch(/^plugged in are .*1a86.*, .*FTDI/);
  });

  it('are counted where there are many', () => {
    plugIn('a', 'b', 'c', 'd', 'e', 'f');
    expect(whatIsPluggedIn()).toMatch(/by-id\/d and 2 more$/);
  });

  it('are none where udev has made no folder', () => {
    mockFs({ '/dev': {} });
    expect(pluggedInAdapters()).toEqual([]);
    expect(whatIsPluggedIn()).toBe('no serial adapter is plugged in');
  });
});
