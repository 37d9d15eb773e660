import { describe, expect, it } from 'vitest';
import { busPlace, busWords } from '../../src/supervisor/bus-words.js';
import { type BusConfig, busSchemas } from '../../src/supervisor/config/schema.js';
import { faultCatalogue } from '../../src/supervisor/fault-catalogue.js';
import { faultWords } from '../../src/supervisor/fault-words.js';

const on = { bus: 'i2c1', address: 0x48 } as const;
const buses: { readonly [Type in BusConfig['type']]: BusConfig & { readonly type: Type } } = {
  serial: {
    ...{ type: 'serial', path: '/dev/serial/by-id/usb-yyy-if00', baudRate: 9_600, parity: 'none' },
    ...{ dataBits: 8, stopBits: 1, rs485: 'auto' },
  },
  tcp: { type: 'tcp', host: '192.168.1.50', port: 9_100 },
  'usb-printer': { type: 'usb-printer', path: '/dev/usb/lp0' },
  gpio: { type: 'gpio', chip: 'pinctrl-bcm2711', access: 'auto' },
  i2c: { type: 'i2c', number: 1 },
  expander: { type: 'expander', ...on, chip: 'pcf8574', pollMilliseconds: 50 },
  adc: { type: 'adc', ...on, chip: 'ads1115', fullScaleVolts: 4.096, samplesPerSecond: 128 },
  firmata: { type: 'firmata', path: '/dev/ttyACM0', baudRate: 57_600, referenceVolts: 5 },
  snmp: {
    ...{ type: 'snmp', host: 'printer', port: 161, version: '2c', timeoutMilliseconds: 2_000 },
    ...{ authProtocol: 'sha', privProtocol: 'aes' },
  },
  ipp: { type: 'ipp', url: 'ipp://printer/ipp/print', timeoutMilliseconds: 5_000 },
  audio: { type: 'audio', card: 'plughw:CARD=Device,DEV=0', program: 'espeak-ng' },
  page: { type: 'page', address: '0.0.0.0', port: 8_080, names: [] },
};

/** What a person reads of a bus that is lost or noisy. */
function said(config: BusConfig, because: string, fault: 'bus.lost' | 'bus.noisy' = 'bus.lost') {
  const declared = faultCatalogue.get(fault)!;
  const { text = declared.text, action = declared.action } = busWords(fault, config, because);
  const evidence = { ...busPlace(config), reason: 'it is gone', code: because };
  const inWords = (words: typeof text) => faultWords(words, 'row', {}, evidence);
  return { text: inWords(text), action: inWords(action) };
}

describe('what is said of a bus that is lost', () => {
  it.each(Object.values(buses))('is whole in both languages, whatever the reason: $type', (config) => {
    for (const fault of ['bus.lost', 'bus.noisy'] as const) {
      const codes = (faultCatalogue.get(fault)?.variants ?? []).map(({ because }) => because ?? 'wire.lost');
      for (const code of codes) {
        const { text, action } = said(config, code, fault);
        for (const words of [text, action]) {
          expect(words['zh-CN']).toMatch(/\p{Script=Han}/u);
          expect(words.en).toMatch(/[a-z]{3}/);
          expect(words['zh-CN'] + words.en).not.toMatch(/[{}]/);
        }
      }
    }
  });

  it('names what a person can go to and touch', () => {
    const first = Object.fromEntries(
      Object.entries(buses).map(([type, config]) => [type, said(config, 'wire.lost').action.en]),
    );
    expect(first).toMatchObject({
      serial: expect.stringContaining('/dev/serial/by-id/usb-yyy-if00'),
      tcp: expect.stringMatching(/network cable of 192\.168\.1\.50 \(port 9100\)/),
      'usb-printer': expect.stringContaining('/dev/usb/lp0'),
      gpio: expect.stringContaining('pinctrl-bcm2711'),
      i2c: expect.stringContaining('i2cdetect -y 1'),
      expander: expect.stringContaining('address jumpers'),
      adc: expect.stringContaining('address jumpers'),
      firmata: expect.stringContaining('/dev/ttyACM0'),
      audio: expect.stringContaining('plughw:CARD=Device,DEV=0'),
      page: expect.stringContaining('section http'),
    });
    const adapters = Object.keys(first).filter((type) => first[type]?.includes('adapter'));
    expect(adapters).toEqual(['serial']);
  });

  it.each<[BusConfig['type'], string, RegExp]>([
    ['serial', 'wire.denied', /group/],
    ['serial', 'wire.busy', /fuser -v \/dev\/serial/],
    ['gpio', 'wire.unusable', /hallward doctor/],
    ['tcp', 'wire.refused', /192\.168\.1\.50 is there, but not listening on port 9100/],
    ['i2c', 'wire.absent', /Switch I2C on/],
    ['audio', 'audio.unusable', /apt install/],
  ])('does not send anybody to a plug where the cause is another one: %s, %s', (type, because, action) => {
    expect(said(buses[type], because).action.en).toMatch(action);
    expect(said(buses[type], because).action).not.toEqual(said(buses[type], 'wire.lost').action);
  });

  it('is declared for types of buses that there are', () => {
    const types = Object.keys({ ...busSchemas, page: 'made of the section http' });
    for (const fault of faultCatalogue.values()) {
      for (const variant of fault.variants ?? [])
        expect(types).toEqual(expect.arrayContaining([...variant.buses]));
    }
    expect(Object.keys(buses).sort()).toEqual(types.sort());
  });
});
