import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Device } from '../../src/devices/kind.js';
import { hallDisplay, ratingPage, ticketKiosk, windowPage } from '../../src/devices/pages.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { PageServer } from '../../src/transports/ports-page.js';
import { makeDevice, type RecordedReports } from './bench.js';

let clock: VirtualClock;
let server: { -readonly [Key in keyof PageServer]: PageServer[Key] };
let device: Device | undefined;
beforeEach(() => {
  clock = new VirtualClock();
  server = {
    type: 'page',
    name: 'http',
    state: 'open',
    lostBecause: undefined,
    sent: 0,
    url: 'http://127.0.0.1:8080',
    onChange: () => () => {},
    close: async () => {},
    serve: () => () => {},
  };
});
afterEach(async () => {
  await device?.stop();
  expect(clock.pending()).toEqual([]);
});

function start(kind: Parameters<typeof makeDevice>[0], entry: object = {}): RecordedReports {
  const made = makeDevice(kind, 'screen', { bus: 'http', protocol: 'page', ...entry }, server, clock);
  device = made.device;
  device.start();
  return made.reports;
}

const page = () => device?.capabilities.servesPage as NonNullable<Device['capabilities']['servesPage']>;

describe('a page for a screen', () => {
  it.each([
    [hallDisplay, {}, { page: 'hall-display', window: null, options: { calls: 6 } }],
    [
      ticketKiosk,
      { queues: ['general'] },
      { page: 'ticket-kiosk', options: { queues: ['general'], voice: true } },
    ],
    [ratingPage, { window: '5', tokenFile: '/t' }, { page: 'rating-page', window: '5', tokenFile: '/t' }],
    [
      windowPage,
      { window: '5', label: '5号', place: '北' },
      { page: 'window-page', label: '5号', place: '北' },
    ],
  ])('is served as its kind says: $0.kind', (kind, entry, expected) => {
    start(kind, entry);
    expect(page()).toMatchObject({ tokenFile: null, server, ...expected });
  });

  it('lives while a screen has it open, and says after a minute that none has', async () => {
    const reports = start(hallDisplay);
    expect(reports.alives).toEqual([]);
    await clock.advance(59_000);
    expect(reports.faults).toEqual([]);
    await clock.advance(1_000);
    expect(reports.standing.get('page.not-open')).toEqual({ url: 'http://127.0.0.1:8080/screen/' });
    page().screens(1);
    expect(reports.alives).toHaveLength(1);
    expect(reports.standing.size).toBe(0);
    page().screens(2);
    page().screens(1);
    page().screens(0);
    expect(reports.shown.map(({ screens }) => screens)).toEqual([0, 1, 2, 1, 0]);
    await clock.advance(59_000);
    expect(reports.standing.size).toBe(0);
    await clock.advance(2_000);
    expect(reports.standing.has('page.not-open')).toBe(true);
  });

  it('that comes back within the minute was never away', async () => {
    const reports = start(hallDisplay);
    page().screens(1);
    for (let reload = 0; reload < 5; reload++) {
      page().screens(0);
      await clock.advance(30_000);
      page().screens(1);
    }
    await clock.advance(300_000);
    expect(reports.faults.filter((fault) => fault.startsWith('raised'))).toEqual([]);
  });

  it('is not missed while the server itself is what is wrong', async () => {
    server.state = 'lost';
    const reports = start(hallDisplay);
    await clock.advance(200_000);
    expect(reports.standing.size).toBe(0);
    server.state = 'open';
    await clock.advance(60_000);
    expect(reports.standing.has('page.not-open')).toBe(true);
  });

  it('of a kiosk says that help is wanted, and nothing of an earlier start', () => {
    const reports = start(ticketKiosk);
    expect(reports.clears).toEqual(['kiosk.help-wanted']);
    page().help(true);
    expect(reports.standing.has('kiosk.help-wanted')).toBe(true);
    page().help(false);
    expect(reports.standing.size).toBe(0);
  });
});
