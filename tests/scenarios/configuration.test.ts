import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeConfiguration } from './support/program.js';
import { scenario } from './support/scenario.js';
import type { Document, VirtualHall } from './support/virtual-hall.js';
import { pause, waitFor } from './support/waiting.js';

/** Ten mistakes, each with what its line must name. */
function withTenMistakes(document: Document): readonly RegExp[] {
  Object.assign(document, { controler: 'row-a', timezone: 'Asia/Shangai' });
  Object.assign(document.buses.row ?? {}, { baudrate: 9600, stopBits: 3 });
  Object.assign(document.buses['keys-5'] ?? {}, { type: 'serail' });
  Object.assign(document.devices['board-6'] ?? {}, { address: 5 });
  Object.assign(document.devices['board-5'] ?? {}, { bus: 'rwo' });
  Object.assign(document.devices['caller-6'] ?? {}, { keys: { next: 'AA 0' } });
  Object.assign(document.devices['caller-5'] ?? {}, { window: 5 });
  document.devices.controller = { ...document.devices.rates, kind: 'evaluater' };
  Object.assign(document.devices['board-6'] ?? {}, { profile: 'dm36b60' });
  return [
    /^controler: .*controller/m,
    /^timezone: .*Asia\/Shangai/m,
    /^buses\.row\.baudrate: .*baudRate/m,
    /^buses\.row\.stopBits: .*3/m,
    /^buses\.keys-5\.type: .*serail.*serial/m,
    /^devices\.board-5\.bus: .*rwo.*row/m,
    /^devices\.caller-6\.keys\.next: /m,
    /^devices\.caller-5\.window: .*"5"/m,
    /^devices\.controller\.kind: .*evaluater.*evaluator/m,
    /^devices\.board-6\.profile: .*dm36b60/m,
  ];
}

describe('a configuration file with mistakes', () => {
  const test = scenario();

  it('is answered with a line for each, without touching anything', async () => {
    const hall = test.hall();
    let lines: readonly RegExp[] = [];
    const file = writeConfiguration(
      hall.folder,
      hall.document((document) => {
        lines = withTenMistakes(document);
      }),
    );
    for (const args of [
      ['check', file],
      ['run', '--config', file],
    ]) {
      const program = test.program(args);
      expect(await program.ended).toEqual({ code: 78, signal: null });
      for (const line of lines) expect(program.stderr).toMatch(line);
      expect(program.output).not.toMatch(/^\s+at /m);
      expect(program.stdout).toBe('');
    }
    expect(existsSync(join(hall.folder, 'storage'))).toBe(false);
    const json = test.program(['check', '--json', file]);
    expect((await json.ended).code).toBe(78);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, problems: expect.any(Array) });
    writeConfiguration(hall.folder, hall.document());
    const valid = test.program(['check', file]);
    expect((await valid.ended).code).toBe(0);
  });

  it.each([
    ['absent', undefined],
    ['no YAML', 'hall: [unclosed\ncontroller: : :'],
    ['a list', '- hall\n- controller\n'],
    ['empty', ''],
    ['bytes', '\u0000\u0001\u0002'],
  ])('that is %s ends with 78 and a line, where there never was a good one', async (_, content) => {
    const folder = test.folder();
    const file = join(folder, 'hallward.yaml');
    if (content !== undefined) writeFileSync(file, content);
    for (const args of [
      ['check', file],
      ['run', '--config', file],
    ]) {
      const program = test.program(args);
      expect((await program.ended).code).toBe(78);
      expect(program.stderr.trim()).not.toBe('');
      expect(program.output).not.toMatch(/^\s+at /m);
    }
  });

  it('does not stop a hall that had a good one before, and says so', async () => {
    const { hall, watcher, controller } = await test.all();
    await watcher.issue();
    const { hash } = await watcher.see('config/reported', 'applied', ({ state }) => state === 'applied');
    await controller.stop();
    const broken = hall.document(withTenMistakes);
    const again = test.start(hall, broken);
    await again.says('running');
    const fault = await watcher.see('fault/controller/controller.config-rolled-back', 'raised');
    expect(fault).toMatchObject({
      status: 'maintenance-required',
      text: { 'zh-CN': expect.any(String), en: expect.any(String) },
      action: { 'zh-CN': expect.any(String), en: expect.stringContaining('hallward check') },
    });
    const reported = await watcher.see(
      'config/reported',
      'rolled back',
      ({ state }) => state === 'rolled-back',
    );
    expect(reported.running).toMatchObject({ revision: 0, hash, source: 'file' });
    expect(reported.config).toEqual(hall.document());
    expect(reported.errors.length).toBeGreaterThanOrEqual(10);
    await watcher.event('config.rolled-back', 'recorded');
    await again.says('bus open', 4);
    hall.keys5.press('next');
    await waitFor('the hall calls', () => hall.shows(5) === '001');
    writeConfiguration(hall.folder, hall.document());
    again.signal('SIGHUP');
    await watcher.seeCleared('fault/controller/controller.config-rolled-back');
    await watcher.see('config/reported', 'applied', ({ state }) => state === 'applied');
    await watcher.settled();
  });

  it('that does not even say where the storage is stops no hall that had a good one', async () => {
    const { hall, watcher, controller } = await test.all();
    await controller.stop();
    const file = join(hall.folder, 'hallward.yaml');
    for (const content of ['hall: [unclosed', '', '\u0000\u0001', undefined]) {
      if (content === undefined) rmSync(file);
      else writeFileSync(file, content);
      const again = test.program(['run', '--config', file]);
      await again.says('running');
      await watcher.see('fault/controller/controller.config-rolled-back', 'raised');
      await again.stop();
    }
    const mended = await test.run(hall);
    await watcher.seeCleared('fault/controller/controller.config-rolled-back');
    await watcher.settled();
    await mended.stop();
  });
});

describe('a configuration file that is read again (SIGHUP)', () => {
  const test = scenario();
  const at = (hall: VirtualHall, change?: (document: Document) => void) =>
    writeConfiguration(hall.folder, hall.document(change));

  it('touches only what differs', async () => {
    const { hall, watcher, controller } = await test.all();
    await watcher.issue();
    await watcher.issue();
    hall.keys5.press('next');
    await waitFor('001 is shown', () => hall.shows(5) === '001');
    hall.keys6.press('next');
    await waitFor('002 is shown', () => hall.shows(6) === '002');
    const before = await watcher.see('config/reported', 'applied');
    const opened = controller.log.filter(({ msg }) => msg === 'bus open').length;
    const connection = watcher.latest('status')?.connection;

    at(hall, ({ devices }) => {
      Object.assign(devices['board-6'] ?? {}, { pollMilliseconds: 500 });
      delete devices.rates;
    });
    controller.signal('SIGHUP');
    const reported = await watcher.see(
      'config/reported',
      'changed',
      ({ hash, state }) => hash !== before.hash && state === 'applied',
    );
    expect(reported).toMatchObject({
      state: 'applied',
      errors: [],
      devices: {
        'caller-5': 'kept',
        'caller-6': 'kept',
        'board-5': 'kept',
        'board-6': 'restarted',
        rates: 'stopped',
      },
    });
    expect(reported.running.hash).toBe(reported.hash);
    await watcher.seeCleared('device/rates');
    await watcher.see('device/board-6', 'well', ({ status }) => status === 'good');
    expect([hall.shows(5), hall.shows(6)]).toEqual(['001', '002']);
    expect(hall.panels.panel(5).history.map(({ text }) => text.trim())).toEqual(['001']);
    // Not a wire was closed or opened for it.
    expect(controller.log.filter(({ msg }) => msg === 'bus open')).toHaveLength(opened);
    const applied = await watcher.event('config.applied', 'it', ({ data }) => data.hash === reported.hash);
    expect(applied.data.devices).toEqual(reported.devices);
    expect(watcher.latest('status')).toMatchObject({ session: 1, connection });

    controller.signal('SIGHUP');
    await controller.says('configuration applied', 2);
    await watcher.see('config/reported', 'nothing to do', ({ devices }) => devices['board-6'] === 'kept');
    hall.keys5.press('done');
    await watcher.event('ticket.served', 'calling works');
  });

  it('changes nothing where it is invalid, and says why', async () => {
    const { hall, watcher, controller } = await test.all();
    const before = await watcher.see('config/reported', 'applied');
    writeConfiguration(hall.folder, 'hall: [');
    controller.signal('SIGHUP');
    const reported = await watcher.see('config/reported', 'rejected', ({ state }) => state === 'rejected');
    expect(reported.running.hash).toBe(before.hash);
    expect(reported.config).toEqual(before.config);
    expect(reported.errors).toHaveLength(1);
    await watcher.see('fault/controller/controller.config-rolled-back', 'raised');

    at(hall, (document) => void Object.assign(document, { hall: 'other' }));
    controller.signal('SIGHUP');
    await watcher.see('config/reported', 'hall cannot change', ({ errors }) => errors[0]?.path === 'hall');
    await watcher.issue();
    hall.keys5.press('next');
    await waitFor('calling goes on', () => hall.shows(5) === '001');

    at(hall);
    controller.signal('SIGHUP');
    await watcher.seeCleared('fault/controller/controller.config-rolled-back');
    const types = (await watcher.settled())
      .map(({ type }) => type)
      .filter((type) => type.startsWith('config.'));
    expect(types).toEqual(['config.applied', 'config.rejected', 'config.rejected', 'config.applied']);
  });

  it('may follow another broker', async () => {
    const { hall, watcher, controller } = await test.all();
    await watcher.issue();
    const second = await test.broker();
    const newcomer = await test.watch(second, hall.root);
    at(hall, (document) => void Object.assign(document, { hub: { url: second.url } }));
    controller.signal('SIGHUP');
    await newcomer.see('status', 'online', ({ state }) => state === 'online');
    await watcher.see('status', 'stopped at the old one', ({ state }) => state === 'stopped');
    await newcomer.see('window/5', 'retained');
    hall.keys5.press('next');
    await newcomer.event('ticket.called', 'at the new one');
    await pause(100);
    expect(watcher.rawEvents('ticket.called')).toEqual([]);
  });
});

describe('two controllers', () => {
  const test = scenario();

  it('never share a storage: the second ends with 75', async () => {
    const { hall, watcher } = await test.all();
    const file = writeConfiguration(hall.folder, hall.document());
    const second = test.program(['run', '--config', file]);
    expect(await second.ended).toEqual({ code: 75, signal: null });
    expect(second.stderr.trim().split('\n')).toHaveLength(1);
    expect(second.stderr).toContain('in use');
    await watcher.issue();
    hall.keys5.press('next');
    await waitFor('the first goes on', () => hall.shows(5) === '001');
    expect(watcher.latest('status')).toMatchObject({ state: 'online', session: 1 });
  });

  it('with the same name are noticed, and both halls go on', async () => {
    const { broker, hall, watcher } = await test.all();
    await watcher.issue();
    await watcher.issue();
    const twin = test.hall({ hub: broker.url });
    await test.run(twin);
    await watcher.event(
      'fault.raised',
      'a second board',
      ({ data }) => data.code === 'controller.duplicate-identity',
      40,
    );
    hall.keys5.press('next');
    await waitFor('the first hall calls', () => hall.shows(5) === '001');
    twin.keys5.press('next');
    await pause(500);
    hall.keys5.press('next');
    await waitFor('and calls', () => hall.shows(5) === '002');
    const text = watcher.rawEvents('fault.raised')[0]?.data.text;
    expect(text).toEqual({ 'zh-CN': expect.any(String), en: expect.any(String) });
    // They do not throw each other out over and over.
    const connections = watcher.at('status').length;
    expect(connections).toBeLessThan(30);
  });
});
