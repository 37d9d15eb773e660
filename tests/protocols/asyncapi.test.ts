import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { asyncApiDocument } from '../../src/protocols/hub/asyncapi.js';
import { type CommandName, commandDeclaration, commands } from '../../src/protocols/hub/commands.js';
import { eventTypes } from '../../src/protocols/hub/events.js';
import { topicsOf } from '../../src/protocols/hub/topics.js';
import { checkArguments } from '../../src/supervisor/command-arguments.js';
import { AsyncApiChecker, resolve } from './support/asyncapi-checker.js';

// biome-ignore lint/suspicious/noExplicitAny: a JSON document
const document: any = JSON.parse(JSON.stringify(asyncApiDocument()));

describe('the AsyncAPI document', () => {
  it('is valid by the schema of AsyncAPI 3.0.0', () => {
    const require = createRequire(import.meta.url);
    const schema = JSON.parse(readFileSync(require.resolve('@asyncapi/specs/schemas/3.0.0.json'), 'utf8'));
    // It brings the draft-07 schema along, which ajv has already.
    delete schema.definitions['http://json-schema.org/draft-07/schema'];
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    validate(document);
    expect(validate.errors).toBeNull();
    expect(validate({ ...document, channels: { status: { adress: 'x' } } })).toBe(false);
  });

  it('has no reference that leads nowhere, and every operation names messages of its own channel', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, one]) => one!);
    expect(references.length).toBeGreaterThan(100);
    expect(references.filter((one) => resolve(document, one) === undefined)).toEqual([]);
    // biome-ignore lint/suspicious/noExplicitAny: a JSON document
    for (const operation of Object.values<any>(document.operations)) {
      for (const side of [operation, operation.reply ?? {}]) {
        for (const { $ref } of side.messages ?? []) {
          expect($ref.startsWith(`${side.channel.$ref}/messages/`)).toBe(true);
        }
      }
    }
  });

  it('has every topic that the code knows', () => {
    const topics = topicsOf('{hall}', '{controller}');
    const { root: _, allCommands: __, allRetainedState: ___, ...all } = topics;
    const names: Readonly<Record<string, readonly string[]>> = {
      fault: ['{device}', '{code}'],
      event: ['{type}'],
      command: ['{name}'],
      reply: ['{id}'],
      claim: ['{queue}'],
      waiting: ['{queue}'],
    };
    const addresses = Object.entries(all).map(([name, topic]) =>
      typeof topic === 'string'
        ? topic
        : (topic as (...parts: readonly string[]) => string)(...(names[name] ?? [`{${name}}`])),
    );
    const channels = Object.values<{ address: string }>(document.channels);
    expect(channels.map(({ address }) => address).sort()).toEqual(addresses.sort());
  });

  it('has a message for every type of event, and for every command and its reply', () => {
    const { event, command, reply } = document.channels;
    expect(Object.keys(event.messages)).toEqual(Object.keys(eventTypes));
    expect(Object.keys(command.messages)).toEqual(Object.keys(commands));
    expect(Object.keys(reply.messages)).toEqual(Object.keys(commands));
  });
});

describe('every command', () => {
  const names = Object.keys(commands) as CommandName[];
  const at = (topic: string) => `hallward/v1/hall/row-a/${topic}`;

  it.each(names)('%s is shown with examples that are taken, by us and by the document', (name) => {
    const { examples, unconfirmed } = commandDeclaration(name);
    expect(examples.length).toBeGreaterThan(0);
    const checker = new AsyncApiChecker(document);
    const say = (topic: string, payload: object) =>
      checker.problems({ topic: at(topic), text: JSON.stringify(payload), qos: 1 });
    for (const example of examples) {
      expect(checkArguments(name, example)).toMatchObject({ ok: true });
      expect(say(`command/${name}`, { id: 'a', ...example })).toEqual([]);
      expect(say(`command/${name}`, { id: 'a', ...example, more: 1 })).not.toEqual([]);
      expect(say(`command/${name}`, { ...example })).not.toEqual([]);
    }
    say(`command/${name}`, { id: 'a' });
    if (unconfirmed !== undefined) {
      expect(say('reply/a', { id: 'a', ok: true, result: unconfirmed })).toEqual([]);
    }
    const error = { code: 'device.unknown', message: 'There is none.' };
    expect(say('reply/a', { id: 'a', ok: false, error })).toEqual([]);
    expect(say('reply/a', { id: 'a', ok: true, error })).not.toEqual([]);
  });
});

describe('the checker of messages', () => {
  const checker = new AsyncApiChecker(document);
  const health = {
    uptimeSeconds: 1,
    rssBytes: 2,
    cpuPercent: null,
    eventLoopDelayMilliseconds: 0,
    outbox: { events: 0, bytes: 0, oldestAt: null },
    bytesWritten: 3,
    clock: 'synced',
  };
  const seen = (payload: object, qos = 0, topic = 'hallward/v1/hall/row-a/health') =>
    checker.problems({ topic, text: JSON.stringify(payload), qos });

  it('takes what is declared', () => {
    expect(seen(health)).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['a value of another type', seen({ ...health, rssBytes: '2' })],
    ['a key that is missing', seen({ ...health, clock: undefined })],
    ['a key that nobody declared', seen({ ...health, mood: 'good' })],
    ['a key below that nobody declared', seen({ ...health, outbox: { ...health.outbox, lost: 1 } })],
    ['another quality of service', seen(health, 1)],
    ['a topic that nobody declared', seen(health, 0, 'hallward/v1/hall/row-a/healthy')],
  ])('finds %s', (_what, problems) => {
    expect(problems).toHaveLength(1);
  });
});
