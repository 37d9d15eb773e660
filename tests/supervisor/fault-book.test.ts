import { beforeEach, describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { FaultState } from '../../src/protocols/hub/payloads.js';
import { FaultBook } from '../../src/supervisor/fault-book.js';
import { MemoryCommits } from './world.js';

let clock: VirtualClock;
let commits: MemoryCommits;
let topics: Map<string, FaultState>;
let ids = 0;

function book(session = 1, boot = 'boot-1', log: Log = silentLog): FaultBook {
  return new FaultBook({
    log,
    clock,
    boot,
    session,
    newId: () => `fault-${++ids}`,
    commit: commits.commit,
    stored: commits.state,
    subjectOf: (device) => (device === 'board-5' ? { label: '5号窗口屏', window: '5' } : {}),
    publish: (device, code, state) => {
      if (state === null) topics.delete(`${device}/${code}`);
      else topics.set(`${device}/${code}`, state);
    },
  });
}

const settle = () => clock.advance(0);
const topic = (name: string) => topics.get(name)!;

beforeEach(() => {
  clock = new VirtualClock();
  commits = new MemoryCommits();
  topics = new Map();
});

describe('a fault', () => {
  it('is told in both languages, with what to do, once its record is synced', async () => {
    const faults = book();
    commits.held = true;
    faults.raise({ device: 'board-5', code: 'device.unresponsive', evidence: { polls: 3 } });
    await settle();
    expect(commits.takeTypes()).toEqual(['fault.raised']);
    expect(topics.size).toBe(0);
    commits.release();
    await settle();
    expect(topic('board-5/device.unresponsive')).toMatchObject({
      device: 'board-5',
      code: 'device.unresponsive',
      status: 'failure',
      severity: 'high',
      audience: 'maintenance',
      text: { 'zh-CN': '5号窗口屏 无应答', en: '5号窗口屏 does not answer' },
      since: '2026-11-21T01:00:00.000Z',
      acknowledged: null,
      count: 1,
      evidence: { polls: 3 },
      session: 1,
    });
    expect(topic('board-5/device.unresponsive').action.en).not.toContain('{');
  });

  it('says its reason in the words of each language', async () => {
    const faults = book();
    const evidence = { reason: '/dev/x is gone', code: 'wire.absent' };
    faults.raise({ device: 'row', code: 'bus.lost', evidence });
    await settle();
    const { text } = topic('row/bus.lost');
    expect(text.en).toContain('/dev/x is gone');
    expect(text['zh-CN']).toContain('找不到设备');
    expect(text['zh-CN']).not.toContain('gone');
  });

  it('is in the log, too, once when it begins and once when it is over', async () => {
    const said: string[] = [];
    const note = (_fields: object, message: string) => void said.push(message);
    const faults = book(1, 'boot-1', { ...silentLog, warn: note, info: note });
    faults.raise({ device: 'board-5', code: 'device.unresponsive', evidence: { polls: 3 } });
    faults.raise({ device: 'board-5', code: 'device.unresponsive', evidence: { polls: 4 } });
    faults.clear('board-5', 'device.unresponsive');
    expect(said).toEqual(['fault: 5号窗口屏 does not answer', 'fault over: 5号窗口屏 does not answer']);
  });

  it('said again while it stands is not news', async () => {
    const faults = book();
    faults.raise({ device: 'board-5', code: 'device.unresponsive', evidence: { polls: 3 } });
    faults.raise({ device: 'board-5', code: 'device.unresponsive', evidence: { polls: 4 } });
    await settle();
    expect(commits.takeTypes()).toEqual(['fault.raised']);
  });

  it('that brings more devices down says which, without a second event', async () => {
    const faults = book();
    faults.raise({ device: 'row', code: 'bus.lost', evidence: { reason: 'gone' }, affected: ['board-5'] });
    faults.raise({
      device: 'row',
      code: 'bus.lost',
      evidence: { reason: 'gone' },
      affected: ['board-5', 'board-6'],
    });
    await settle();
    expect(commits.takeTypes()).toEqual(['fault.raised']);
    expect(topic('row/bus.lost').affected).toEqual(['board-5', 'board-6']);
  });

  it('that is over is cleared with how long it stood', async () => {
    const faults = book();
    faults.raise({ device: 'board-5', code: 'device.unresponsive' });
    await clock.advance(90_000);
    faults.clear('board-5', 'device.unresponsive');
    await settle();
    expect(commits.events.at(-1)).toMatchObject({ type: 'fault.cleared', data: { durationSeconds: 90 } });
    expect(topics.size).toBe(0);
    expect(commits.state.size).toBe(0);
  });

  it('cleared before its record was synced leaves no topic behind', async () => {
    const faults = book();
    commits.held = true;
    faults.raise({ device: 'board-5', code: 'device.unresponsive' });
    faults.clear('board-5', 'device.unresponsive');
    commits.release();
    await settle();
    expect(topics.size).toBe(0);
    expect(commits.takeTypes()).toEqual(['fault.raised', 'fault.cleared']);
  });

  it('that chatters stands until it was quiet for half a minute', async () => {
    const faults = book();
    for (let time = 0; time < 5; time++) {
      faults.raise({ device: 'row', code: 'bus.noisy' });
      await clock.advance(1_000);
      faults.clear('row', 'bus.noisy');
      await clock.advance(1_000);
    }
    expect(topic('row/bus.noisy').count).toBe(5);
    faults.raise({ device: 'row', code: 'bus.noisy' });
    await clock.advance(29_000);
    faults.clear('row', 'bus.noisy');
    await clock.advance(29_000);
    expect(topics.has('row/bus.noisy')).toBe(true);
    await clock.advance(2_000);
    expect(topics.has('row/bus.noisy')).toBe(false);
  });

  it('keeps its id and time over a restart', async () => {
    const first = book(1);
    first.raise({ device: 'board-5', code: 'device.unresponsive' });
    await clock.advance(5_000);
    const before = topic('board-5/device.unresponsive');
    first.stop();
    commits.takeTypes();
    const second = book(2);
    second.raise({ device: 'board-5', code: 'device.unresponsive' });
    await settle();
    expect(commits.takeTypes()).toEqual([]);
    const after = topic('board-5/device.unresponsive');
    expect([after.id, after.since, after.session]).toEqual([before.id, before.since, 2]);
  });

  it('of an earlier session that nobody sees again is cleared after half a minute', async () => {
    book(1).raise({ device: 'board-5', code: 'device.unresponsive' });
    await settle();
    commits.takeTypes();
    const second = book(2);
    expect(second.of('board-5')).toEqual([]);
    await clock.advance(31_000);
    expect(commits.takeTypes()).toEqual(['fault.cleared']);
  });

  it('of a clock that was not trusted has no duration after the next boot', async () => {
    clock.trust = 'untrusted';
    book(1, 'boot-1').raise({ device: 'board-5', code: 'device.unresponsive' });
    await settle();
    book(2, 'boot-2').clear('board-5', 'device.unresponsive');
    await settle();
    expect(commits.events.at(-1)).toMatchObject({ type: 'fault.cleared', data: { durationSeconds: null } });
  });

  it('that somebody has seen says who, when and what they noted', async () => {
    const faults = book();
    faults.raise({ device: 'board-5', code: 'device.unresponsive' });
    await settle();
    const acknowledged = faults.acknowledge('board-5', 'device.unresponsive', 'duty-1', 'on my way');
    if ('refused' in acknowledged) throw new Error(acknowledged.refused);
    commits.commit(acknowledged.change);
    acknowledged.publish();
    expect(topic('board-5/device.unresponsive').acknowledged).toEqual({
      by: 'duty-1',
      at: '2026-11-21T01:00:00.000Z',
      note: 'on my way',
    });
    expect(faults.acknowledge('board-6', 'device.unresponsive', 'duty-1')).toEqual({
      refused: 'fault.not-standing',
    });
  });

  it('that is in no catalogue is our own mistake', () => {
    expect(() => book().raise({ device: 'board-5', code: 'board.sad' })).toThrow('not in the catalogue');
  });

  it('of damaged storage is passed over', () => {
    commits.state.set('fault/board-5/device.unresponsive', { state: { device: 5 } });
    commits.state.set('fault/x', null);
    expect(book().standing()).toEqual([]);
  });
});
