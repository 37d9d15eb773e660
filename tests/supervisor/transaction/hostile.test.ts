import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkLoaded, profileFinder } from '../../../src/supervisor/config/load.js';
import { Board, type Loose, pushable, rowDocument } from './board.js';

const folder = mkdtempSync(join(tmpdir(), 'hallward-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function board(document: unknown = rowDocument(), options = {}): Promise<Board> {
  const made = new Board(options);
  await made.boot(document);
  await made.pass(61_000);
  made.steps.length = 0;
  return made;
}

const entries = (count: number, make: (at: number) => unknown): Loose =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`e${at}`, make(at)]));

describe('a push that is made to exhaust the board', () => {
  it.each<[string, Loose]>([
    ['a hundred thousand unknown keys', entries(50_000, () => 1)],
    ['a name as long as a book', { ['x'.repeat(900_000)]: 1 }],
    [
      'a long name with many mistakes below it',
      { devices: { ['x'.repeat(500_000)]: { kind: 'caller', ...entries(5_000, () => 1) } } },
    ],
    ['a text as long as a book', { language: 'x'.repeat(900_000) }],
    ['half a million wrong times', { hours: { mon: Array.from({ length: 400_000 }, () => 1) } }],
    [
      'thousands of converters on thousands of buses that are not there',
      { buses: entries(15_000, (at) => ({ type: 'adc', bus: `z${at}`, address: 72 })) },
    ],
    ['ten thousand devices', { devices: entries(10_000, () => ({ kind: 'caller' })) }],
    [
      'ten thousand files',
      { devices: entries(10_000, (at) => ({ kind: 'rating-page', tokenFile: `t${at}` })) },
    ],
    [
      'a thousand devices with a hundred mistakes each',
      { devices: entries(900, () => ({ kind: 'caller', ...entries(100, () => 1) })) },
    ],
  ])('by %s is refused in a few words', async (_, config) => {
    const row = await board();
    const reported = await row.push({ revision: 1, config });
    expect(reported).toMatchObject({ state: 'rejected', running: { revision: 0 } });
    expect(JSON.stringify(reported.errors).length).toBeLessThan(4_000);
    expect(row.steps).toEqual([]);
    expect((await row.push({ revision: 2, config: pushable(rowDocument()) })).state).toBe('applied');
  });

  it('has short errors, however long what it says', async () => {
    const row = await board();
    const devices = entries(200, () => ({ kind: 'caller', bus: 'x'.repeat(3_000), protocol: 'serial-keys' }));
    const reported = await row.push({ revision: 1, config: { devices } });
    expect(reported.errors.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify(reported).length).toBeLessThan(50 * 1_000);
    expect(JSON.stringify(row.events.at(-1)).length).toBeLessThan(50 * 1_000);
    const plan = await row.transactions.plan({ config: { devices } });
    expect(JSON.stringify(plan).length).toBeLessThan(50 * 1_000);
  });

  it.each(['1e400', '-1e400'])('has no number %s, for it would be none', async (number) => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const configKey = join(folder, 'config.pub');
    writeFileSync(configKey, publicKey.export({ type: 'spki', format: 'pem' }));
    const row = await board(rowDocument((document) => Object.assign(document.hub, { configKey })));
    const signature = sign(null, Buffer.from('x'), privateKey).toString('base64');
    const payload = `{"revision":1,"config":{"devices":{"board-5":{"address":${number}}}},"signature":"${signature}"}`;
    const before = row.reports.length;
    row.transactions.desired(Buffer.from(payload));
    for (let turn = 0; turn < 20 && row.reports.length === before; turn++) await row.pass(0);
    expect(row.reported).toMatchObject({
      ...{ state: 'rejected', revision: 1 },
      errors: [{ path: 'config.devices.board-5.address' }],
    });
  });
});

it.each([
  '{"__proto__":{"kind":"caller"}}',
  '{"devices":{"__proto__":{}}}',
  '{"devices":{"constructor":{}}}',
])('names that every object of the language knows are refused by name: %s', async (text) => {
  const row = await board();
  const reported = await row.push({ revision: 1, config: JSON.parse(text) as Loose });
  expect(reported.errors.map(({ path }) => path).join()).toMatch(/__proto__|constructor/);
  expect(({} as Loose).kind).toBeUndefined();
});

describe('a file outside the folder', () => {
  it('is not told about: neither that it is there, nor its mode', async () => {
    const inside = join(folder, 'etc');
    mkdirSync(inside, { recursive: true });
    writeFileSync(join(folder, 'open.token'), 'x', { mode: 0o644 });
    const findProfile = profileFinder(inside);
    const row = await board(rowDocument(), {
      secretsFolder: inside,
      check: (document: unknown) => checkLoaded(document, findProfile),
    });
    const page = (tokenFile: string) =>
      pushable(rowDocument((document) => Object.assign(document, { http: { tokenFile } })));
    const there = await row.push({ revision: 1, config: page(join(folder, 'open.token')) });
    const absent = await row.push({ revision: 2, config: page(join(folder, 'gone.token')) });
    const words = ({ errors }: typeof there) =>
      errors.map(({ message }) => message.replace(/\S*token\b/, ''));
    expect(words(there)).toEqual(words(absent));
  });
});

describe('a vendor profile', () => {
  const profile = (function_: string) =>
    ['name: glow', 'protocol: modbus-panel', `about: ${function_}`].join('\n');

  it('that is put there after a push was refused for the lack of it, is found by the next', async () => {
    const find = profileFinder(folder);
    expect(find('glow')).toBeUndefined();
    mkdirSync(join(folder, 'profiles'), { recursive: true });
    writeFileSync(join(folder, 'profiles', 'glow.yaml'), profile('first'));
    expect(find('glow')).toEqual(expect.stringContaining('not valid'));
    const shipped = find('dm36b06');
    expect(shipped).toBeTypeOf('object');
    // Read once, while it stays as it is.
    expect(find('dm36b06')).toBe(shipped);
  });
});
