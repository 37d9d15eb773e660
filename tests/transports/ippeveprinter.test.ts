/** The controller's IPP against the printer of CUPS. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lookByIpp, newIppMemory } from '../../src/devices/printer/ipp-look.js';
import { systemClock } from '../../src/kernel/clock.js';
import { decodeResponse, encodeRequest, getPrinterAttributes } from '../../src/protocols/ipp.js';
import type { PrinterPicture } from '../../src/protocols/printer-picture.js';
import { type IppOptions, ippBus } from '../../src/transports/ipp.js';
import type { IppBus } from '../../src/transports/ports-ipp.js';
import { haveIppeveprinter, type Ippeveprinter, startIppeveprinter } from './support/ippeveprinter.js';

describe.skipIf(!haveIppeveprinter)('the printer of CUPS', () => {
  let printer: Ippeveprinter;
  const buses: IppBus[] = [];
  beforeAll(async () => {
    printer = await startIppeveprinter();
  }, 60_000);
  afterAll(async () => {
    await printer?.dispose();
  });
  afterEach(async () => {
    await Promise.all(buses.splice(0).map((bus) => bus.close()));
  });

  const busTo = (scheme: string, options: Partial<IppOptions> = {}) => {
    const url = `${scheme}://${printer.origin}/ipp/print`;
    const bus = ippBus('cups', { url, timeoutMilliseconds: 10_000, ...options }, systemClock());
    buses.push(bus);
    return bus;
  };
  const look = (): Promise<PrinterPicture> => lookByIpp(busTo('ipp'));
  const supply = ({ supplies }: PrinterPicture, name: string) => {
    const found = supplies.find((each) => each.name === name);
    return [found?.label, found?.group, found?.levelPercent, found?.state];
  };

  it('tells its supplies and trays, each once', async () => {
    const picture = await look();
    expect(picture).toMatchObject({ state: 'idle', reasons: [], model: 'Example Printer', message: 'Idle.' });
    expect(picture.pagesPrinted).toBeNull();
    expect(picture.supplies.map(({ name }) => name)).toEqual([
      'waste-toner-1',
      'toner-2',
      'tray-1',
      'tray-2',
      'tray-3',
    ]);
    expect(supply(picture, 'waste-toner-1')).toEqual(['Toner Waste Tank', 'waste', 25, 'ok']);
    expect(supply(picture, 'toner-2')).toEqual(['Black Toner', 'marker', 75, 'ok']);
    expect(supply(picture, 'tray-1')).toEqual(['main', 'media', 40, 'ok']);
    expect(supply(picture, 'tray-2')).toEqual(['manual', 'media', null, 'unknown']);
  });

  it('tells all that it has, and every value of it is understood', async () => {
    const bus = busTo('ipp');
    const request = encodeRequest({
      operation: getPrinterAttributes,
      requestId: 7,
      printerUri: bus.printerUri,
      requestedAttributes: ['all', 'media-col-database'],
      userName: 'hallward',
    });
    const { groups, requestId, status } = decodeResponse(await bus.exchange(request));
    expect([requestId, status]).toEqual([7, 0]);
    const attributes = groups.find(({ tag }) => tag === 4)?.attributes ?? new Map();
    expect(attributes.size).toBeGreaterThan(80);
    const syntaxes = new Set([...attributes.values()].flat().map(({ syntax }) => syntax));
    expect([...syntaxes].sort()).toEqual(
      expect.arrayContaining([
        'boolean',
        'collection',
        'dateTime',
        'enum',
        'integer',
        'keyword',
        'mimeMediaType',
      ]),
    );
    expect(syntaxes).not.toContain('other');
    expect(attributes.get('media-size-supported')?.[0]?.syntax).toBe('collection');
  });

  it('says that its paper is out, low and back', async () => {
    await printer.sheets(0);
    const out = await look();
    // While it is idle this is but a report.
    expect(out.reasons).toEqual([{ keyword: 'media-empty', severity: 'report' }]);
    expect(supply(out, 'tray-1')).toEqual(['main', 'media', 0, 'empty']);
    await printer.sheets(-2);
    expect(supply(await look(), 'tray-1')).toEqual(['main', 'media', null, 'unknown']);
    await printer.sheets(250);
    const loaded = await look();
    expect(loaded.reasons).toEqual([]);
    expect(supply(loaded, 'tray-1')).toEqual(['main', 'media', 100, 'ok']);
  });

  it('says that its toner is low, and its waste container full', async () => {
    await printer.supplies(0, 3);
    const low = await look();
    expect(low.reasons).toEqual([{ keyword: 'toner-low', severity: 'report' }]);
    expect(supply(low, 'toner-2')).toEqual(['Black Toner', 'marker', 3, 'low']);
    expect(supply(low, 'waste-toner-1')).toEqual(['Toner Waste Tank', 'waste', 0, 'empty']);
    await printer.supplies(25, 0);
    const empty = await look();
    expect(empty.reasons).toEqual([{ keyword: 'toner-empty', severity: 'report' }]);
    expect(supply(empty, 'toner-2')).toEqual(['Black Toner', 'marker', 0, 'empty']);
    await printer.supplies(25, 75);
    expect((await look()).reasons).toEqual([]);
  });

  it('says what its print command finds: jam and cover while it prints, and that they are gone', async () => {
    const job = await printer.printLong(
      'STATE: +media-jam-error,cover-open',
      'ATTR: marker-levels=70 marker-names=BK',
    );
    const printing = await look();
    expect(printing).toMatchObject({ state: 'processing', message: 'Printing.' });
    expect(printing.reasons).toEqual(
      expect.arrayContaining([
        { keyword: 'media-jam', severity: 'warning' },
        { keyword: 'cover-open', severity: 'warning' },
      ]),
    );
    // It has markers now, and printer-supply still: the cartridge is told once.
    expect(printing.supplies.filter(({ group }) => group === 'marker')).toHaveLength(1);
    await job.end();
    await printer.print('STATE: -media-jam-error,cover-open');
    await expect.poll(async () => (await look()).reasons).toEqual([]);
  });

  it('says that it waits for paper with a job in hand', async () => {
    await printer.sheets(0);
    const printed = printer.print();
    printed.catch(() => {});
    await expect
      .poll(async () => {
        const { state, reasons } = await look();
        return [state, ...(reasons ?? []).map(({ keyword, severity }) => `${keyword} ${severity}`)];
      })
      .toEqual(['processing', 'media-empty warning', 'media-needed warning']);
    await printer.sheets(250);
    await printed;
    await expect.poll(async () => (await look()).reasons).toEqual([]);
  });

  it('is asked by IPP 1.1 as well', async () => {
    const memory = { ...newIppMemory(), version: '1.1' as const };
    expect(await lookByIpp(busTo('http'), memory)).toMatchObject({ state: 'idle', model: 'Example Printer' });
  });

  it('is trusted over TLS by its own certificate, and not without', async () => {
    await expect(lookByIpp(busTo('ipps'))).rejects.toMatchObject({ code: 'ipp.refused', kind: 'refused' });
    const ca = await printer.certificate();
    expect((await lookByIpp(busTo('ipps', { ca }))).state).toBe('idle');
  });

  it('has nothing at another path, which is refused with where it may be', async () => {
    const bus = ippBus(
      'cups',
      { url: `ipp://${printer.origin}/printers/none`, timeoutMilliseconds: 10_000 },
      systemClock(),
    );
    buses.push(bus);
    const error = await lookByIpp(bus).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ipp.refused', kind: 'refused' });
    expect(String(error)).toContain('/ipp/print');
  });

  it('is found again after it was off, by the same bus', async () => {
    const bus = busTo('ipp');
    await lookByIpp(bus);
    await printer.stop();
    await expect(lookByIpp(bus)).rejects.toMatchObject({ code: 'ipp.unreachable', kind: 'absent' });
    await printer.start();
    expect((await lookByIpp(bus)).state).toBe('idle');
  });
});
