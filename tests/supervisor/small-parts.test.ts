import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { faultCatalogue } from '../../src/supervisor/fault-catalogue.js';
import { readHubSettings } from '../../src/supervisor/hub-settings.js';
import { systemd } from '../../src/supervisor/systemd.js';
import { TimeTrust } from '../../src/supervisor/time-trust.js';

describe('trust in the clock', () => {
  const make = (wall: { now: number }, mono: { now: number }, synced = false) =>
    new TimeTrust({
      wallMilliseconds: () => wall.now,
      monotonicMilliseconds: () => mono.now,
      isSynchronized: () => synced,
    });

  it('is none for 1970 and for a time before something recorded, else holdover or synced', () => {
    const wall = { now: 0 };
    const trust = make(wall, { now: 0 });
    expect(trust.quality()).toBe('untrusted');
    wall.now = Date.parse('2026-12-24T00:00:00Z');
    expect(trust.quality()).toBe('holdover');
    trust.notBefore(Date.parse('2026-12-25T00:00:00Z'));
    expect(trust.quality()).toBe('untrusted');
    expect(make(wall, { now: 0 }, true).quality()).toBe('synced');
  });

  it('returns with how much was missing', () => {
    const wall = { now: 1000 };
    const mono = { now: 500 };
    const trust = make(wall, mono);
    const corrections: number[] = [];
    trust.onCorrected((add) => corrections.push(add));
    trust.quality();
    mono.now += 10_000;
    wall.now = Date.parse('2026-12-24T00:00:00Z');
    trust.quality();
    trust.quality();
    // What was recorded at monotonic 500 was said to be at 1000 and was really 10 s before now.
    expect(corrections).toEqual([Date.parse('2026-12-24T00:00:00Z') - 10_000 - 1000]);
  });
});

describe('systemd', () => {
  const start = (environment: Record<string, string>, works: () => boolean) => {
    const clock = new VirtualClock();
    const said: string[] = [];
    const one = systemd({
      clock,
      log: silentLog,
      environment,
      proveWork: async () => works(),
      send: (assignments) => said.push(...assignments),
    });
    return { clock, said, one };
  };

  it('is told of readiness, and of life only while work gets done', async () => {
    let works = true;
    const { clock, said, one } = start({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000' }, () => works);
    one.ready();
    await clock.advance(30_000);
    expect(said).toEqual(['READY=1', 'WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1']);
    works = false;
    await clock.advance(60_000);
    expect(said).toHaveLength(4);
    works = true;
    await clock.advance(10_000);
    expect(said).toHaveLength(5);
    one.stopping();
    await clock.advance(60_000);
    expect(said.slice(5)).toEqual(['STOPPING=1']);
    expect(clock.pending()).toEqual([]);
  });

  it('is told nothing where it did not start us', async () => {
    const { clock, said, one } = start({}, () => true);
    one.ready();
    await clock.advance(60_000);
    one.stopping();
    expect(said).toEqual([]);
  });
});

describe('the hub settings', () => {
  it('hold the contents of files, the password without its line end', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'hallward-hub-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, 'password');
    writeFileSync(file, 'se cret\n', { mode: 0o600 });
    const settings = readHubSettings({ url: 'mqtt://hub', username: 'row-a', passwordFile: file });
    expect(settings.urls).toEqual(['mqtt://hub']);
    expect(await settings.credentials()).toEqual({ username: 'row-a', passwords: ['se cret'] });
  });

  it('name the setting whose file cannot be read', async () => {
    const { credentials } = readHubSettings({ url: ['mqtt://a', 'mqtt://b'], ca: '/none.pem' });
    await expect(credentials()).rejects.toMatchObject({
      code: 'hub.file-unreadable',
      message: 'hub.ca: /none.pem cannot be read (ENOENT)',
    });
  });
});

describe('the fault catalogue', () => {
  /** Fixed by the contract, section 4, as far as the devices exist. */
  const fixed: Readonly<Record<string, string>> = {
    'bus.lost': 'failure',
    'bus.noisy': 'maintenance-required',
    'device.unresponsive': 'failure',
    'device.bad-reading': 'failure',
    'device.stuck-input': 'failure',
    'device.line-unavailable': 'failure',
    'device.restarting': 'failure',
    'device.disabled': 'function-check',
    'printer.media-low': 'maintenance-required',
    'printer.media-empty': 'failure',
    'printer.cover-open': 'failure',
    'printer.cutter-error': 'failure',
    'printer.hardware-error': 'failure',
    'printer.offline': 'failure',
    'rating.unmapped': 'out-of-specification',
    'seating.stuck-seat': 'maintenance-required',
    'board.cannot-show': 'out-of-specification',
    'board.refused': 'failure',
    'voice.stuck-busy': 'failure',
    'voice.refused': 'failure',
    'voice.restarts': 'failure',
    'queue.pressure': 'out-of-specification',
    'service.overlong': 'out-of-specification',
    'hall.help-wanted': 'function-check',
    'hall.fire-alarm': 'failure',
    'hall.seats-short': 'out-of-specification',
    'page.not-open': 'maintenance-required',
    'kiosk.help-wanted': 'function-check',
    'calling.claimed-twice': 'failure',
    'calling.adopted-elsewhere': 'maintenance-required',
    'hall.leader-lost': 'failure',
    'hall.hand-lost': 'out-of-specification',
    'controller.hub-lost': 'out-of-specification',
    'controller.hub-refused': 'out-of-specification',
    'controller.storage-low': 'maintenance-required',
    'controller.storage-failed': 'failure',
    'controller.clock-untrusted': 'out-of-specification',
    'controller.duplicate-identity': 'failure',
    'controller.board-key-unusable': 'maintenance-required',
    'controller.certificate-expiring': 'maintenance-required',
    'controller.config-rolled-back': 'maintenance-required',
    'entrance.crowded': 'out-of-specification',
    'entrance.nothing-counted': 'maintenance-required',
    'entrance.unbalanced': 'maintenance-required',
    'facility.alarm': 'failure',
    'facility.attention': 'maintenance-required',
    'facility.low': 'out-of-specification',
    'facility.high': 'out-of-specification',
    'printer.marker-supply-low': 'maintenance-required',
    'printer.marker-supply-empty': 'failure',
    'printer.media-jam': 'failure',
    'printer.waste-almost-full': 'maintenance-required',
    'printer.waste-full': 'failure',
    'printer.output-full': 'failure',
    'printer.service-needed': 'maintenance-required',
    'seating.night-seat': 'maintenance-required',
    'seating.restless-seat': 'maintenance-required',
    'supply.low': 'maintenance-required',
    'supply.empty': 'failure',
    'supply.not-calibrated': 'maintenance-required',
    'supply.out-of-range': 'maintenance-required',
    'supply.door-open': 'maintenance-required',
    'washroom.cleaning-due': 'maintenance-required',
    'washroom.cleaning-overdue': 'out-of-specification',
    'washroom.floor-wet': 'out-of-specification',
    'washroom.cubicle-long': 'out-of-specification',
    'washroom.supplies-empty': 'maintenance-required',
  };

  it('has the codes of the contract with their status', () => {
    const statuses = Object.fromEntries(
      [...faultCatalogue.values()].map(({ code, status }) => [code, status]),
    );
    expect(statuses).toEqual(fixed);
  });

  it('says each fault and the first thing to do in both languages', () => {
    for (const { code, text, action } of faultCatalogue.values()) {
      for (const words of [text, action]) {
        expect(words['zh-CN'], code).toMatch(/\p{Script=Han}/u);
        expect(words.en, code).toMatch(/^[\p{ASCII}Ω]{8,}$/u);
      }
    }
  });
});
