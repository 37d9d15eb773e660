/** `hallward simulate` as a process of its own, with the shipped example of a whole row. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { both, type Front, order } from '../../src/cli/simulate/front.js';
import { carryOut, type OrderContext } from '../../src/cli/simulate/orders.js';
import { virtualWires } from '../../src/cli/simulate/virtual-wires.js';
import { deviceKinds } from '../../src/devices/registry.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { loadFile } from '../../src/supervisor/config/load.js';
import { busSchemas } from '../../src/supervisor/config/schema.js';

// Debounces, patience and answers that do not come are waited for as they are.
vi.setConfig({ testTimeout: 240_000 });

const main = join(import.meta.dirname, '../../dist/cli/main.js');
const things = join(import.meta.dirname, '../../config/examples/things.yaml');
const row = join(import.meta.dirname, '../../config/examples/row.yaml');
const folder = mkdtempSync(join(tmpdir(), 'hallward-test-'));
const started: ChildProcess[] = [];

afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function simulate(...args: string[]) {
  const child = spawn(process.execPath, [main, 'simulate', ...args], {
    env: { ...process.env, TMPDIR: folder, LANG: 'C.UTF-8', LC_ALL: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  started.push(child);
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    said,
    ended,
    child,
    type: (line: string) => child.stdin.write(`${line}\n`),
    /** Looks again and again until what is seen matches. */
    async sees(pattern: RegExp): Promise<void> {
      const look = () => {
        child.stdin.write('see\n');
        return said.out;
      };
      await expect.poll(look, { interval: 200 }).toMatch(pattern);
      said.out = '';
    },
    /** What it said after the last call, once it matches. */
    async until(pattern: RegExp): Promise<void> {
      await expect.poll(() => said.out, { timeout: 40_000, interval: 50 }).toMatch(pattern);
      said.out = '';
    },
  };
}

describe('a row of windows that a newcomer simulates', () => {
  it('gives out tickets, calls, is rated, runs out of paper and gets it back, all in words', async () => {
    const { type, until, sees, ended, said, child } = simulate(row, '--language', 'en');
    await until(/hallward watch --url mqtt:\/\/127\.0\.0\.1:\d+\n.*mosquitto_sub -h 127\.0\.0\.1 -p \d+/);
    type('issue general');
    await until(/tickets prints: .*A001.*综合业务.*QR https:\/\/hall\.example\/rate\?t=[0-9a-f-]{36}/s);
    type('caller-5 next');
    await until(/board-5 shows \[ {3}001\]/);
    type('caller-5 done');
    await until(/A001 served/);
    await sees(/rate-5 +●/);
    type('rate-5 5');
    await until(/Window 5 rated: very satisfied/);
    type('tickets end 4');
    type('issue general');
    await until(/out of paper[^\n]*\n +→ Open it, put in paper.*tickets has not printed A002 whole/s);
    await sees(/paper-lamp +[●○]/);
    type('tickets load');
    await until(/prints: .*纸卷已更换.*prints: .*A002/s);
    type('seats-n sit 3');
    type('row cut');
    await until(/The wire row is gone/);
    type('row join');
    await until(/Over after \d+ s: The wire row is gone/);
    type('quit');
    expect(await ended).toBe(0);
    expect(child.signalCode).toBeNull();
    expect(said.err).toBe('');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what its voice says, and serves its pages to this machine alone, which show the same call', async () => {
    const { type, until, ended, said } = simulate(row, '--language', 'en');
    await expect.poll(() => said.out).toMatch(/Pages: +(http:\/\/127\.0\.0\.1:\d+\/)/);
    const url = /Pages: +(http:\S+\/)/.exec(said.out)?.[1] ?? '';
    const { configuration } = loadFile(row);
    const devices = Object.entries(configuration!.devices);
    const display = devices.find(([, { kind }]) => kind === 'hall-display')?.[0] ?? '';
    const get = () => fetch(`${url}${display}/`).catch(() => undefined);
    await expect.poll(async () => (await get())?.status).toBe(200);
    const stream = await fetch(`${url}${display}/events`);
    const decoder = new TextDecoder();
    let shown = '';
    const reading = (async () => {
      for await (const chunk of stream.body!) shown += decoder.decode(chunk, { stream: true });
    })().catch(() => {});
    type('issue general');
    type('wait 1');
    type('caller-5 next');
    await until(/voice says at volume \d+: (♪ \w+ )?请A零零一号到五号窗口办理/s);
    await expect.poll(() => shown).toContain('"number":"A001"');
    type('see');
    await until(new RegExp(`${display} +${url}${display}/`));
    type('quit');
    expect(await ended).toBe(0);
    await reading;
  });

  it('takes the next free port where that of its pages is taken, and needs none of the tokens', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    const file = join(tmpdir(), `hallward-simulate-pages-${process.pid}.yaml`);
    const http = `{ address: 0.0.0.0, port: ${port}, tokenFile: /nowhere/token }`;
    const devices =
      '{ display: { kind: hall-display }, rate: { kind: rating-page, window: "1", tokenFile: /nowhere/r } }';
    writeFileSync(file, `hall: x\ncontroller: y\nhttp: ${http}\ndevices: ${devices}\n`);
    try {
      const { said, ended, child } = simulate(file, '--language', 'en');
      await expect.poll(() => said.out).toMatch(/Pages: /);
      const url = /Pages: +(http:\/\/127\.0\.0\.1:(\d+)\/)/.exec(said.out);
      expect(Number(url?.[2])).toBeGreaterThan(port);
      for (const name of ['display', 'rate']) {
        const get = () => fetch(`${url?.[1]}${name}/`).catch(() => undefined);
        await expect.poll(async () => (await get())?.status).toBe(200);
      }
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
      expect(said.err).toBe('');
    } finally {
      rmSync(file);
      taken.close();
    }
  });

  it('ends with its input, and on a signal, leaving nothing behind', async () => {
    const first = simulate(row, '--language', 'zh-CN');
    await first.until(/旁听/);
    first.child.stdin.end();
    expect(await first.ended).toBe(0);
    const second = simulate(row);
    await second.until(/mosquitto_sub/);
    second.type('wait 500');
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['leader', 'standby', 'hand'])('plays a board of a hall with several alone: %s', async (name) => {
    const file = join(import.meta.dirname, `../../config/examples/${name}.yaml`);
    const { type, until, ended, said } = simulate(file, '--language', 'en');
    await until(/every wire simulated/);
    type('quit');
    expect(await ended).toBe(0);
    expect(said.err).toBe('');
  });

  it('refuses an invalid file with every problem, and takes no secrets of the hub', async () => {
    const file = join(tmpdir(), `hallward-simulate-${process.pid}.yaml`);
    writeFileSync(file, 'hall: x\ncontroller: y\nbuses: { a: { type: seriel } }\n');
    try {
      const broken = simulate(file);
      expect(await broken.ended).toBe(78);
      expect(broken.said.err).toMatch(/buses\.a\.type: .*did you mean "serial"/);
      writeFileSync(file, 'hall: x\ncontroller: y\nhub: { url: "mqtt://h.example", passwordFile: /none }\n');
      const valid = simulate(file, '--language', 'en');
      await valid.until(/every wire simulated/);
      valid.type('quit');
      expect(await valid.ended).toBe(0);
    } finally {
      rmSync(file);
    }
  });
});

describe('everything that stands in a hall', () => {
  it('fails, is told with what to do, and is well again', async () => {
    const { type, until, sees, ended, said } = simulate(things, '--language', 'en');
    await until(/mosquitto_sub -h 127\.0\.0\.1 -p \d+/);
    // A contact of an Arduino, by johnny-five in its process, which takes a while to start.
    type('wait 3');
    type('water-1 close');
    await until(/Fault: The water dispenser on the first floor is empty/);
    type('help-cord press');
    await until(/Somebody asks for help in the accessible washroom/);
    type('washroom-w floor close');
    await until(/女卫 has to be cleaned: the floor is wet/);
    await sees(/washroom-w .*lamp ●/);
    type('washroom-w floor open');
    type('washroom-w button hold');
    await until(/washroom-w is clean/);
    await sees(/washroom-w .*lamp ○/);
    type('paper-kiosk-1 distance distance 60');
    type('paper-kiosk-1 full hold');
    type('washroom-w climate off');
    await until(/女卫: no answer from /);
    type('washroom-w climate on');
    await until(/Over after \d+ s: 女卫: no answer from /);
    // What hangs behind the wires that are held has no fault of its own.
    type('i2c1 hold');
    await until(/Fault: The I2C bus i2c1 cannot be used/);
    type('i2c1 release');
    await until(/Over after \d+ s: The I2C bus i2c1 cannot be used/);
    type('water-1 open');
    await until(/Over after \d+ s: The water dispenser/);
    type('quit');
    expect(await ended).toBe(0);
    expect(said.err).toBe('');
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('the far ends of a configuration', () => {
  it('are there for every bus and device of the shipped examples, which have every kind, bus and part', async () => {
    const kinds = new Set<string>();
    const busTypes = new Set<string>();
    const parts = new Set<string>();
    for (const file of [row, things]) {
      const { configuration } = loadFile(file);
      const { buses, devices } = configuration!;
      const wires = await virtualWires(configuration!, new VirtualClock(), () => {});
      expect([...wires.fronts.keys()].sort()).toEqual(
        [...Object.keys(buses), ...Object.keys(devices)].sort(),
      );
      for (const { type } of Object.values(buses)) busTypes.add(type);
      for (const device of Object.values(devices)) {
        kinds.add(device.kind);
        for (const part of Object.keys(device.parts ?? {})) parts.add(`${device.kind} ${part}`);
      }
      await wires.close();
    }
    expect(kinds).toEqual(new Set(deviceKinds.map(({ kind }) => kind)));
    const wired = Object.keys(busSchemas).filter((type) => !['audio', 'usb-printer'].includes(type));
    expect([...wired].filter((type) => !busTypes.has(type))).toEqual([]);
    const declared = deviceKinds.flatMap(({ kind, parts: known = {} }) =>
      Object.keys(known).map((part) => `${kind} ${part}`),
    );
    expect(declared.filter((part) => !parts.has(part))).toEqual([]);
  });
});

describe('what a person types', () => {
  const done: string[] = [];
  const front: Front = {
    what: 'caller',
    orders: [order('next', both('', ''), () => done.push('next'))],
    sees: () => '[   001]',
  };
  const context: OrderContext = {
    fronts: new Map([['caller-5', front]]),
    issue: async (queue, at) => `${queue} ${at}`,
    wait: async () => {},
    language: 'en',
  };

  it('is carried out, or answered with what was wrong and what is expected', async () => {
    expect(await carryOut('  caller-5   next ', context)).toBe('');
    expect(done).toEqual(['next']);
    expect(await carryOut('', context)).toBe('');
    expect(await carryOut('# a comment', context)).toBe('');
    expect(await carryOut('issue general  # a comment', context)).toBe('general undefined');
    expect(await carryOut('issue general door', context)).toBe('general door');
    expect(await carryOut('issue', context)).toBe('? issue QUEUE [AT]');
    expect(await carryOut('caller-5 eat', context)).toBe('? caller-5: found "eat", expected next');
    expect(await carryOut('caler-5 next', context)).toContain('did you mean "caller-5"?');
    expect(await carryOut('wait x', context)).toContain('expected 0 to 600');
    expect(await carryOut('see', context)).toContain('[   001]');
    expect(await carryOut('help', context)).toContain('caller-5  caller  next');
    expect(await carryOut('help caler-5', context)).toContain('did you mean "caller-5"?');
    expect(await carryOut('quit', context)).toBe('quit');
  });
});
