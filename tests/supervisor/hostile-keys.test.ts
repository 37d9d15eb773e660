import { tmpdir } from 'node:os';
import fc from 'fast-check';
import type * as v from 'valibot';
import { afterEach, describe, expect, it } from 'vitest';
import { readMirror } from '../../src/calling/mirror.js';
import { canonicalJson } from '../../src/kernel/canonical-json.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { commandSchemas } from '../../src/protocols/hub/commands.js';
import * as hallPayloads from '../../src/protocols/hub/hall-payloads.js';
import type { Reply } from '../../src/protocols/hub/payloads.js';
import { readJsonObject } from '../../src/protocols/hub/read-json.js';
import { CommandDesk, type CommandHandlers } from '../../src/supervisor/command-desk.js';
import { checkDocument } from '../../src/supervisor/config/check.js';
import { hashOf } from '../../src/supervisor/config/hash.js';
import { profileFinder } from '../../src/supervisor/config/load.js';
import { read } from '../../src/supervisor/several/read.js';
import { pushedDocument } from '../../src/supervisor/transaction/pushed-document.js';
import { MemoryCommits } from './world.js';

const prototypeBefore = Object.getOwnPropertyNames(Object.prototype).sort();
const functionBefore = Object.getOwnPropertyNames(Function.prototype).sort();
afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(prototypeBefore);
  expect(Object.getOwnPropertyNames(Function.prototype).sort()).toEqual(functionBefore);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

const findProfile = profileFinder(tmpdir());
const reserved = ['__proto__', 'constructor', 'prototype'];
const hostile = [...reserved, 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'then', 'length'];
const key = fc.oneof(
  fc.constantFrom(...hostile),
  fc.constantFrom('queue', 'window', 'device', 'windows', 'polluted'),
);

/** JSON text, so that `__proto__` is a key like any other, as it is in what arrives. */
const jsonText = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(
      '1',
      '-1',
      'null',
      'true',
      '""',
      '"5"',
      '"constructor"',
      '"__proto__"',
      '"general"',
      '[]',
    ),
    tie('object'),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  ),
  object: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 4 })
    .map((entries) => `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
})).object;

const bytes = (text: string) => Buffer.from(text);
const document = `{"hall":"h","controller":"c",
  "buses":{"keys-5":{"type":"serial","path":"/dev/ttyUSB0","baudRate":9600}},
  "devices":{"caller-5":{"kind":"caller","window":"5","bus":"keys-5","protocol":"serial-keys","keys":{"next":"AA 01"}}},
  "calling":{"queues":{"general":{"prefix":"A","windows":["5"]}},"windows":{"5":{"unit":"u","schedule":{"13:30":["general"]}}},
             "matters":{"m":{"unit":"u"}},"rating":{"labels":{"5":"good"},"reasons":{"slow":{"label":"l"}}}},
  "hours":{"mon-fri":["09:00-11:30"]}}`;
/** Every place of the document where a mapping holds names. */
const places = [
  [],
  ['buses'],
  ['devices'],
  ['buses', 'keys-5'],
  ['devices', 'caller-5'],
  ['devices', 'caller-5', 'keys'],
  ['calling'],
  ['calling', 'queues'],
  ['calling', 'queues', 'general'],
  ['calling', 'windows'],
  ['calling', 'windows', '5'],
  ['calling', 'windows', '5', 'schedule'],
  ['calling', 'matters'],
  ['calling', 'rating', 'labels'],
  ['calling', 'rating', 'reasons'],
  ['hours'],
];

/** A copy of the document with a key more, as a parser leaves it: an own property, whatever its name. */
function withKey(place: readonly string[], name: string, value: unknown): unknown {
  const whole = JSON.parse(document) as Record<string, unknown>;
  let at = whole;
  for (const step of place) at = at[step] as Record<string, unknown>;
  Object.defineProperty(at, name, { value, enumerable: true, configurable: true, writable: true });
  return whole;
}

describe('the names of the prototype', () => {
  it('in a document without them are no problem', () => {
    expect(checkDocument(JSON.parse(document), findProfile).problems).toEqual([]);
  });

  it.each(places.flatMap((place) => reserved.map((name) => [place.join('.'), name, place] as const)))(
    'in a configuration at "%s" are told: %s',
    (at, name, place) => {
      const { configuration, problems } = checkDocument(withKey(place, name, {}), findProfile);
      expect(configuration).toBeUndefined();
      expect(problems.map(({ path }) => path)).toContain(at === '' ? name : `${at}.${name}`);
    },
  );

  it('anywhere in a configuration are told, or are there as names', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom(...hostile), jsonText, (place, name, text) => {
        const whole = withKey(place, name, JSON.parse(text));
        const { configuration, problems } = checkDocument(whole, findProfile);
        // Matters and windows may have any name but the reserved ones; then it is there.
        let there: unknown = configuration;
        for (const step of place) there = (there as Record<string, unknown> | undefined)?.[step];
        if (problems.length === 0) expect(Object.hasOwn(there as object, name)).toBe(true);
        expect(hashOf(whole)).not.toBe(hashOf(JSON.parse(document)));
        expect(canonicalJson(whole)).toContain(JSON.stringify(name));
      }),
      { numRuns: 300 },
    );
  });

  it('in a pushed document stay keys, and reach no running one', () => {
    fc.assert(
      fc.property(jsonText, fc.boolean(), (text, signed) => {
        const running = JSON.parse(document) as Record<string, unknown>;
        const before = JSON.stringify(running);
        const config = JSON.parse(text) as Record<string, unknown>;
        const pushed = pushedDocument(config, { running, signed, secretsFolder: tmpdir() });
        expect(JSON.stringify(running)).toBe(before);
        expect(Object.getPrototypeOf(pushed.document)).toBe(Object.prototype);
        for (const name of Object.keys(config)) expect(Object.hasOwn(pushed.document, name)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('in a command are no arguments of it', async () => {
    const commits = new MemoryCommits();
    const replies: Reply[] = [];
    const taken: unknown[] = [];
    const handlers = new Proxy({} as CommandHandlers, {
      get: () => (args: unknown) => {
        taken.push(args);
        return { ok: true };
      },
    });
    const desk = new CommandDesk({
      clock: new VirtualClock(),
      log: silentLog,
      handlers,
      state: commits.state,
      commit: commits.commit,
      reply: (reply) => replies.push(reply),
    });
    let id = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(commandSchemas), ...hostile),
        jsonText,
        async (name, text) => {
          const payload = `{"id":"c${++id}"${text === '{}' ? '' : `,${text.slice(1, -1)}`}}`;
          await desk.take({ name, payload: bytes(payload), retained: false });
          await desk.take({ name, payload: bytes(text), retained: false });
        },
      ),
      { numRuns: 500 },
    );
    for (const args of taken) {
      expect(Object.getPrototypeOf(args)).toBe(Object.prototype);
      expect((args as { polluted?: unknown }).polluted).toBeUndefined();
    }
    expect(replies.filter(({ error }) => error?.code === 'command.failed')).toEqual([]);
    desk.stop();
  });

  it('as the id or the name of a command are answered or refused', async () => {
    const commits = new MemoryCommits();
    const replies: Reply[] = [];
    const desk = new CommandDesk({
      clock: new VirtualClock(),
      log: silentLog,
      handlers: new Proxy({} as CommandHandlers, { get: () => () => ({ ok: true }) }),
      state: commits.state,
      commit: commits.commit,
      reply: (reply) => replies.push(reply),
    });
    for (const name of hostile) {
      await desk.take({ name, payload: bytes(`{"id":"a-${name.replaceAll('_', '')}"}`), retained: false });
      await desk.take({
        name: 'hall.test',
        payload: bytes(`{"id":${JSON.stringify(name)}}`),
        retained: false,
      });
    }
    expect(replies.filter(({ error }) => error?.code === 'command.unknown')).toHaveLength(hostile.length);
    desk.stop();
  });

  it('in what other controllers publish are not read', () => {
    const schemas = Object.values(hallPayloads).filter(
      (one): one is typeof hallPayloads.claimSchema =>
        typeof one === 'object' && 'kind' in one && one.kind === 'schema',
    ) as unknown as v.GenericSchema[];
    expect(schemas.length).toBeGreaterThan(5);
    fc.assert(
      fc.property(jsonText, (text) => {
        for (const schema of schemas) read(schema, bytes(text));
        readMirror(JSON.parse(text));
        const { value } = readJsonObject(bytes(text), 65_536) as { value?: object };
        if (value !== undefined) expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      }),
      { numRuns: 500 },
    );
    const valid =
      '"session":1,"beat":1,"epoch":1,"hands":["a"],"over":null,"prefixes":{"a":"A","__proto__":{"b":"B"},"constructor":"C"}';
    const leading = read(hallPayloads.leadingSchema, bytes(`{${valid},"__proto__":{"polluted":1}}`));
    expect(leading?.prefixes).toEqual({ a: 'A' });
    expect((leading as { polluted?: unknown } | undefined)?.polluted).toBeUndefined();
  });
});
