import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../src/cli/run-command.js';
import type { Problem } from '../../src/cli/verify/findings.js';
import { type ProofOptions, proveArchive } from '../../src/cli/verify/prove-archive.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { NewEvent } from '../../src/protocols/hub/events.js';
import type { RatingsState } from '../../src/protocols/hub/payloads.js';
import { chainOf } from '../../src/protocols/hub/rating-chain.js';
import { signedText } from '../../src/protocols/hub/rating-head.js';
import { openStore } from '../../src/store/open.js';
import { type BoardKey, openBoardKey } from '../../src/supervisor/board-key.js';

interface Envelope {
  type: string;
  time: string;
  timequality: string;
  sequence: string;
  store: string;
  data: Record<string, unknown>;
  [member: string]: unknown;
}

const directory = mkdtempSync(join(tmpdir(), 'hallward-verify-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const topic = 'hallward/v1/jinshan/row-a';
let key: BoardKey;
/** What the store of one board sent: twelve ratings with other events between them. */
let sent: readonly Envelope[];
let ratings: readonly Envelope[];
let files = 0;

function rating(number: number, at: string): NewEvent {
  return {
    type: 'rating.submitted',
    subject: 'rate-5',
    data: {
      session: `s${number}`,
      level: ((number % 5) + 1) as 1,
      reasons: ['态度', 'slow'],
      window: '5',
      unit: '人社窗口',
      staff: '0317',
      matter: 'registration',
      ticket: `t${number}`,
      channel: 'key',
      invitedAt: at,
      at,
    },
  };
}

async function board(name: string, count: number): Promise<Envelope[]> {
  const clock = new VirtualClock('2026-11-21T01:00:00.000Z');
  const store = await openStore({
    directory: join(directory, name),
    source: () => `/hallward/jinshan/${name}`,
    clock,
    log: silentLog,
    boot: 'boot-1',
  });
  for (let number = 1; number <= count; number++) {
    await clock.advance(60_000);
    const press: NewEvent = {
      type: 'key.pressed',
      subject: 'caller-5',
      data: { device: 'caller-5', window: '5', key: 'next' },
    };
    const at = new Date(clock.wallMilliseconds()).toISOString();
    await store.commit({ events: [press, rating(number, at)] }).synced;
  }
  const page = await store.outbox.read(0, 10_000, () => true);
  await store.close();
  return page.events.map(({ json }) => JSON.parse(json) as Envelope);
}

beforeAll(async () => {
  sent = await board('row-a', 12);
  ratings = sent.filter(({ type }) => type === 'rating.submitted');
  key = await openBoardKey(join(directory, 'row-a'), silentLog);
});

/** The head after so many of `chained`, sealed. */
function headOf(chained: readonly Envelope[], count = chained.length, by = key): RatingsState {
  const open: RatingsState = {
    store: ratings[0]!.store,
    count,
    head: count === 0 ? null : String(chained[count - 1]!.data.chain),
    at: '2026-11-21T09:00:00.000Z',
    publicKey: by.publicKey,
    signature: null,
  };
  return { ...open, signature: by.sign(signedText(open)) };
}

function archive(lines: readonly (string | object)[]): string {
  const path = join(directory, `archive-${++files}`);
  writeFileSync(
    path,
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
  );
  return path;
}

async function prove(lines: readonly (string | object)[], options: ProofOptions = {}) {
  const proof = await proveArchive(archive(lines), options);
  const [store] = proof.stores;
  return {
    proof,
    ok: proof.ok,
    store,
    problems: store?.problems ?? [],
    kinds: kindsOf(store?.problems ?? []),
  };
}

const kindsOf = (problems: readonly Problem[]) => problems.map(({ kind }) => kind);
const firstWrong = (problems: readonly Problem[]) => {
  const [problem] = problems;
  return problem !== undefined && 'rating' in problem ? problem.rating.sequence : undefined;
};
const numberOf = ({ sequence }: Envelope) => Number(sequence);

/** Ratings whose chain somebody without the key made anew. */
function chainedAnew(envelopes: readonly Envelope[]): Envelope[] {
  let head: string | null = null;
  return envelopes.map((envelope) => {
    head = chainOf(head, envelope);
    return { ...envelope, data: { ...envelope.data, chain: head } };
  });
}

function changed(at: number, change: (envelope: Envelope) => Envelope): Envelope[] {
  return ratings.map((envelope, index) => (index === at ? change(envelope) : envelope));
}

describe('an archive', () => {
  it('is complete as it came, among other events, with the board’s head in it', async () => {
    const { ok, store } = await prove([...sent, headOf(ratings)], { keys: new Set([key.publicKey]) });
    expect(ok).toBe(true);
    expect(store).toMatchObject({
      source: '/hallward/jinshan/row-a',
      ratings: 12,
      resent: 0,
      first: { sequence: 2, time: '2026-11-21T01:01:00.000Z' },
      last: { sequence: 24 },
      seal: { count: 12, pinned: true, given: false },
      unsealed: 0,
      problems: [],
    });
  });

  it('is as complete in any order, with copies, and as any of the usual tools wrote it', async () => {
    const writings: ((envelope: Envelope) => string)[] = [
      (envelope) => JSON.stringify(envelope),
      (envelope) => `${topic}/event/${envelope.type} ${JSON.stringify(envelope)}`,
      (envelope) => `2026-11-21T10:00:00+0800 ${topic}/event/${envelope.type} ${JSON.stringify(envelope)}\r`,
      (envelope) =>
        JSON.stringify({
          tst: 'x',
          topic: `${topic}/event/${envelope.type}`,
          qos: 1,
          payload: JSON.stringify(envelope),
        }),
      (envelope) => JSON.stringify({ topic: `${topic}/event/${envelope.type}`, payload: envelope }),
      // Through a database that keeps its own order of keys.
      (envelope) =>
        JSON.stringify(Object.fromEntries(Object.entries(envelope).sort().reverse()), null, 1).replaceAll(
          '\n',
          ' ',
        ),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(sent.length - 1), fc.nat(writings.length - 1)), { maxLength: 30 }),
        fc.integer(),
        async (copies, seed) => {
          let state = seed;
          const random = () => {
            state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
            return state;
          };
          const lines = [
            ...sent.map((envelope) => writings[random() % writings.length]!(envelope)),
            ...copies.map(([which, how]) => writings[how]!(sent[which]!)),
            `${topic}/ratings ${JSON.stringify(headOf(ratings))}`,
          ]
            .map((line) => [random(), line] as const)
            .sort(([a], [b]) => a - b)
            .map(([, line]) => line);
          const { ok, store, proof } = await prove(lines, { keys: new Set([key.publicKey]) });
          expect(ok).toBe(true);
          expect(proof.garbage).toBe(0);
          const again = copies.filter(([which]) => sent[which]!.type === 'rating.submitted').length;
          expect(store).toMatchObject({ ratings: 12, resent: again, unsealed: 0 });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('without a head is unbroken, and says that its end is not proven', async () => {
    const { ok, store } = await prove(sent);
    expect(ok).toBe(true);
    expect(store).toMatchObject({ seal: null, unsealed: 12 });
    expect((await prove(sent, { keys: new Set([key.publicKey]) })).kinds).toEqual(['no-seal']);
  });

  it('of several controllers is proven for each of them', async () => {
    const other = await board('row-b', 4);
    const mixed = sent.flatMap((envelope, at) => [envelope, ...(other[at] === undefined ? [] : [other[at]])]);
    const whole = await proveArchive(archive(mixed));
    expect(whole.stores.map(({ source, ratings: count }) => [source, count])).toEqual([
      ['/hallward/jinshan/row-a', 12],
      ['/hallward/jinshan/row-b', 4],
    ]);
    expect(whole.ok).toBe(true);
    const without = mixed.filter((envelope) => envelope !== other[3]);
    const proof = await proveArchive(archive(without));
    expect(proof.ok).toBe(false);
    expect(proof.stores.map(({ problemCount }) => problemCount)).toEqual([0, 1]);
  });
});

describe('an archive that somebody dropped ratings from', () => {
  it('is found out wherever they stood, with the seal also how many', async () => {
    for (let from = 0; from < ratings.length; from++) {
      for (let count = 1; from + count <= ratings.length; count++) {
        const left = ratings.filter((_, at) => at < from || at >= from + count);
        const { ok, problems, kinds } = await prove([...left, headOf(ratings)]);
        expect(ok, `${count} from ${from}`).toBe(false);
        expect(problems.at(-1)).toMatchObject({ kind: 'missing', count, sealed: 12 });
        if (from + count === ratings.length) expect(kinds).toEqual(['missing']);
        else {
          expect(kinds).toEqual([from === 0 ? 'no-beginning' : 'broken', 'missing']);
          expect(firstWrong(problems)).toBe(numberOf(ratings[from + count]!));
        }
        // Without the seal only the end can be taken away unseen.
        expect((await prove(left)).ok).toBe(left.length > 0 && from + count === ratings.length);
      }
    }
  });

  it('is found out where the head was handed in, even if no rating is left', async () => {
    const { ok, problems } = await prove([], { head: headOf(ratings) });
    expect(ok).toBe(false);
    expect(problems).toEqual([{ kind: 'missing', count: 12, sealed: 12, found: 0 }]);
  });
});

describe('an archive that somebody edited', () => {
  it('is found out for each field of a rating, and the rating is named', async () => {
    const [one] = ratings;
    const members = Object.keys(one!).filter(
      (name) => !['data', 'type', 'store', 'specversion'].includes(name),
    );
    const edits: [string, (envelope: Envelope) => Envelope][] = [
      ...members.map((name): [string, (envelope: Envelope) => Envelope] => [
        name,
        (envelope) => ({
          ...envelope,
          [name]: name === 'sequence' ? '0000000000000011' : `${envelope[name]}`.replace(/.$/, '!'),
        }),
      ]),
      ...members.map((name): [string, (envelope: Envelope) => Envelope] => [
        `no ${name}`,
        (envelope) =>
          Object.fromEntries(Object.entries(envelope).filter(([member]) => member !== name)) as Envelope,
      ]),
      ['a member more', (envelope) => ({ ...envelope, traceparent: 'x' })],
      ...Object.keys(one!.data).flatMap((name): [string, (envelope: Envelope) => Envelope][] => [
        [`data.${name}`, (envelope) => ({ ...envelope, data: { ...envelope.data, [name]: 'other' } })],
        [`data.${name} null`, (envelope) => ({ ...envelope, data: { ...envelope.data, [name]: null } })],
      ]),
      ['data.level', (envelope) => ({ ...envelope, data: { ...envelope.data, level: 5.5 } })],
      ['data.new', (envelope) => ({ ...envelope, data: { ...envelope.data, fixDue: '2030' } })],
      ['time', (envelope) => ({ ...envelope, time: '2026-11-21T01:06:06.000Z' })],
      ['type', (envelope) => ({ ...envelope, type: 'rating.missed' })],
      ['specversion', (envelope) => ({ ...envelope, specversion: '1.1' })],
      ['store', (envelope) => ({ ...envelope, store: 'another' })],
    ];
    expect(edits.length).toBeGreaterThan(40);
    for (const at of [0, 5, 11]) {
      for (const [name, edit] of edits) {
        const lines = changed(at, edit);
        const proof = await proveArchive(archive([...lines, headOf(ratings)]));
        expect(proof.ok, `${name} of rating ${at}`).toBe(false);
        const wrong = firstWrong(proof.stores[0]!.problems);
        const moved = ['sequence', 'no sequence', 'type', 'store'].includes(name);
        if (!moved) expect(wrong, `${name} of rating ${at}`).toBe(numberOf(ratings[at]!));
      }
    }
  });

  it('is told to be changed, and not to be short, where the seal counts as many', async () => {
    const better = (envelope: Envelope) => ({ ...envelope, data: { ...envelope.data, level: 5 } });
    const { problems } = await prove([...changed(4, better), headOf(ratings)]);
    expect(problems).toEqual([
      {
        kind: 'broken',
        rating: { sequence: numberOf(ratings[4]!), time: ratings[4]!.time },
        after: numberOf(ratings[3]!),
        noneMissing: true,
      },
    ]);
  });

  it('may not have a time that differs from the chained one, nor two copies that differ', async () => {
    const later = (envelope: Envelope) => ({ ...envelope, time: '2026-11-21T01:05:05.001Z' });
    expect((await prove(changed(4, later))).problems).toMatchObject([
      { kind: 'wrong-time', rating: { sequence: 10 }, at: '2026-11-21T01:05:00.000Z' },
    ]);
    const little = (envelope: Envelope) => ({ ...envelope, time: '2026-11-21T01:05:05.000Z' });
    expect((await prove(changed(4, little))).ok).toBe(true);
    expect((await prove([...ratings, little(ratings[4]!)])).kinds).toEqual(['conflict']);
    const worse = { ...ratings[4]!, data: { ...ratings[4]!.data, level: 2 } };
    for (const lines of [
      [...ratings, worse],
      [worse, ...ratings],
    ]) {
      const { problems } = await prove([...lines, headOf(ratings)]);
      expect(problems).toMatchObject([{ kind: 'conflict', rating: { sequence: 10 } }]);
    }
  });

  it('has ratings whose clock was not trusted counted, for their time is not in the chain', async () => {
    const untimed = chainedAnew(changed(4, (one) => ({ ...one, data: { ...one.data, at: null } })));
    const { ok, store } = await prove(untimed);
    expect([ok, store?.untimed]).toEqual([true, 1]);
  });
});

describe('an archive that somebody swapped or put ratings into', () => {
  it('is found out, also where they took the others’ numbers', async () => {
    for (let one = 0; one < ratings.length; one++) {
      for (let two = one + 1; two < ratings.length; two++) {
        const lines = ratings.map((envelope, at) =>
          at === one
            ? { ...ratings[two]!, sequence: envelope.sequence }
            : at === two
              ? { ...ratings[one]!, sequence: envelope.sequence }
              : envelope,
        );
        const { ok, problems } = await prove([...lines, headOf(ratings)]);
        expect(ok).toBe(false);
        expect(firstWrong(problems)).toBe(numberOf(ratings[one]!));
      }
    }
  });

  it('is found out where a rating was put between two, chained well or not at all', async () => {
    const [first] = ratings;
    const put = { ...first!, id: 'made-up', sequence: '0000000000000011' };
    const after = String(ratings[4]!.data.chain);
    const without = {
      ...put,
      data: Object.fromEntries(Object.entries(put.data).filter(([name]) => name !== 'chain')),
    };
    const chained = { ...put, data: { ...without.data, chain: chainOf(after, without) } };
    for (const [line, kind] of [
      [{ ...put, data: { ...put.data, chain: 'f'.repeat(64) } }, 'foreign'],
      [without, 'unchained'],
    ] as const) {
      const { kinds, problems } = await prove([...ratings, line, headOf(ratings)]);
      expect(kinds).toEqual([kind, 'too-many']);
      expect(firstWrong(problems)).toBe(11);
    }
    // It follows the one before it; then the next one does not follow it.
    const { kinds, problems } = await prove([...ratings, chained, headOf(ratings)]);
    expect(kinds).toEqual(['broken', 'too-many']);
    expect(firstWrong(problems)).toBe(12);
  });
});

describe('a forger without the key', () => {
  const better = (envelope: Envelope) => ({ ...envelope, data: { ...envelope.data, level: 5 } });

  it('who chains all of it anew is found out by the seal, in the archive or handed in', async () => {
    for (const forged of [
      chainedAnew(changed(4, better)),
      chainedAnew(ratings.filter((_, at) => at !== 4)),
    ]) {
      expect((await prove(forged)).ok).toBe(true);
      expect((await prove([...forged, headOf(ratings)])).ok).toBe(false);
      expect((await prove(forged, { head: headOf(ratings) })).ok).toBe(false);
      expect((await prove(forged, { keys: new Set([key.publicKey]) })).kinds).toEqual(['no-seal']);
    }
    const { kinds } = await prove([...chainedAnew(changed(4, better)), headOf(ratings)]);
    expect(kinds).toEqual(['other-chain']);
  });

  it('who seals it with a key of his own is found out by the board’s key, or by its older seals', async () => {
    const forged = chainedAnew(changed(4, better));
    const his = await openBoardKey(mkdtempSync(join(directory, 'his-')), silentLog);
    const seal = headOf(forged, 12, his);
    const alone = await prove([...forged, seal]);
    expect(alone.ok).toBe(true);
    expect(alone.store?.seal).toMatchObject({ publicKey: his.publicKey, pinned: false });
    expect((await prove([...forged, seal], { keys: new Set([key.publicKey]) })).kinds).toEqual([
      'other-key',
      'no-seal',
    ]);
    expect((await prove([...forged, seal, headOf(ratings, 2)])).kinds).toEqual(['several-keys']);
    expect((await prove([...forged, seal, headOf(ratings, 6)])).kinds).toEqual([
      'several-keys',
      'other-chain',
    ]);
    // Neither does the board's name on it help him.
    const named = { ...seal, publicKey: key.publicKey };
    expect((await prove([...forged, named])).kinds).toEqual(['bad-seal']);
  });

  it('who changes a seal is found out', async () => {
    const good = headOf(ratings);
    for (const change of [
      { count: 11, head: String(ratings[10]!.data.chain) },
      { at: '2027-11-21T09:00:00.000Z' },
      { signature: Buffer.alloc(64).toString('base64') },
    ]) {
      expect((await prove([...ratings, { ...good, ...change }])).kinds, JSON.stringify(change)).toEqual([
        'bad-seal',
      ]);
    }
    const open = { ...good, signature: null };
    expect((await prove([...ratings, open])).store?.seal).toBeNull();
    expect((await prove(ratings, { head: open })).kinds).toEqual(['bad-seal', 'no-seal']);
  });

  it('who adds to the end is found out where all is wanted proven, and told of where not', async () => {
    const added = chainedAnew([...ratings, { ...ratings[3]!, id: 'made-up', sequence: '0000000000000099' }]);
    expect((await prove(added, { head: headOf(ratings) })).kinds).toEqual(['unsealed-end']);
    const { ok, store } = await prove([...added, headOf(ratings)]);
    expect([ok, store?.unsealed]).toEqual([true, 1]);
  });
});

describe('what is no archive', () => {
  const garbage = [
    'x',
    '{',
    '{"specversion":"1.0","type":"rating.submitted"',
    '\uFEFF',
    '[]',
    `${topic}/ratings {"count":1}`,
    `${'['.repeat(100_000)}{`,
    `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`,
    '\0\xff\xfe{"a":1',
  ];
  const others = [
    '',
    '   ',
    `${topic}/fault/a/b (null)`,
    '{"a":1}',
    `${topic}/status {"state":"online"}`,
    '{"topic":"x","payload":"no"}',
  ];

  it('is counted and stepped over, whatever it is', async () => {
    const lines = [...garbage, ...others].flatMap((line, at) => [
      line,
      ...(sent[at] === undefined ? [] : [sent[at]]),
    ]);
    const rest = sent.slice(garbage.length + others.length);
    const { proof, ok } = await prove([...lines, ...rest, headOf(ratings)]);
    expect(ok).toBe(true);
    expect(proof.lines).toBe(garbage.length + others.length + sent.length + 1);
    // A lone byte order mark is an empty line.
    expect(proof.garbage).toBe(garbage.length - 1);
  });

  it('is a rating without number or store: somebody took them away', async () => {
    for (const change of [
      { sequence: undefined },
      { sequence: 2 },
      { sequence: '9999999999999999' },
      { store: '' },
      { store: 'x'.repeat(81) },
      { data: [] },
      { data: null },
    ]) {
      const { ok, proof } = await prove([...ratings, { ...ratings[3]!, ...change }]);
      expect([ok, proof.oddRatings], JSON.stringify(change)).toEqual([false, 1]);
    }
  });

  it('is never taken for a whole one, nor does it hang or throw', async () => {
    const line = JSON.stringify(ratings[5]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ at: fc.nat(line.length - 1), to: fc.string({ unit: 'binary', maxLength: 3 }) }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        async (cuts) => {
          const spoilt = cuts.reduce((text, { at, to }) => text.slice(0, at) + to + text.slice(at + 1), line);
          let same = false;
          try {
            // The time's quality is not in the chain.
            const { timequality: _one, ...read } = JSON.parse(spoilt);
            const { timequality: _two, ...whole } = ratings[5]!;
            same = JSON.stringify(read) === JSON.stringify(whole);
            const near = Date.parse(read.time) - Date.parse(String(whole.time));
            same ||=
              Math.abs(near) <= 5000 &&
              JSON.stringify({ ...read, time: whole.time }) === JSON.stringify(whole);
          } catch {
            // Not JSON any more.
          }
          const lines = ratings.map((envelope, at) => (at === 5 ? spoilt : JSON.stringify(envelope)));
          const { ok } = await prove([...lines, headOf(ratings)]);
          if (!same) expect(ok, spoilt).toBe(false);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('has lines of any length, which take no memory', async () => {
    const path = archive(ratings);
    // A line of 256 MiB, of which the file system keeps only where it ends.
    truncateSync(path, 256 << 20);
    appendFileSync(path, `\n${JSON.stringify(headOf(ratings))}`);
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    let reading = true;
    const look = () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      if (reading) setImmediate(look);
    };
    look();
    const proof = await proveArchive(path);
    reading = false;
    expect(proof).toMatchObject({ ok: true, garbage: 1, lines: 14 });
    expect(most).toBeLessThan(64 << 20);
  });

  it('of very many stores, or of one number again and again, ends in time', async () => {
    const many = Array.from({ length: 1500 }, (_, at) => ({ ...ratings[0]!, store: `store-${at}` }));
    expect((await prove(many)).proof).toMatchObject({ ok: false, overflow: 500 });
    const again = Array.from({ length: 30_000 }, (_, at) => ({ ...ratings[0]!, id: `id-${at}` }));
    expect((await prove([...again, ...ratings])).kinds).toEqual(['conflict']);
  });
});

describe('hallward verify', () => {
  async function run(...args: string[]) {
    let stdout = '';
    let stderr = '';
    const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      stdout += text;
      return true;
    });
    const error = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      stderr += text;
      return true;
    });
    try {
      return { code: await runCommand(['verify', ...args]), stdout, stderr };
    } finally {
      out.mockRestore();
      error.mockRestore();
    }
  }
  const english = ['--language', 'en'];

  it('says that all is well, and where its key came from', async () => {
    const path = archive([...sent, headOf(ratings)]);
    const pinned = await run(path, '--key', join(directory, 'row-a', 'board.pub'), ...english);
    expect(pinned).toMatchObject({ code: 0, stderr: '' });
    expect(pinned.stdout).toContain('12 ratings');
    expect(pinned.stdout).toContain('✓ complete and unchanged (sealed 2026-11-21T09:00:00.000Z)');
    expect(pinned.stdout).not.toContain(key.publicKey);
    const open = await run(path, ...english);
    expect(open.code).toBe(0);
    expect(open.stdout).toContain(`the key ${key.publicKey} came with the seal itself`);
    expect((await run(path, '--language', 'zh-CN')).stdout).toContain('✓ 完整且未被改动');
  });

  it('says which rating is the first that is wrong and what that means, in both languages', async () => {
    const path = archive([...ratings.filter((_, at) => at !== 4), headOf(ratings)]);
    const told = await run(path, ...english);
    expect(told.code).toBe(1);
    expect(told.stdout).toContain(
      '✗ rating 12 (2026-11-21T01:06:00.000Z) does not follow the one before it (8)',
    );
    expect(told.stdout).toContain('events.resend');
    expect(told.stdout).toContain('1 rating is missing');
    const chinese = await run(path, '--language', 'zh-CN');
    expect(chinese.stdout).toContain('✗ 序号 12（2026-11-21T01:06:00.000Z）的评价接不上前一条（序号 8）');
    expect(chinese.stdout).toContain('缺少 1 条评价');
  });

  it('takes the head as JSON, as a file, as a line of a subscriber, and its word as JSON', async () => {
    const whole = archive(ratings);
    const cut = archive(ratings.slice(0, -1));
    const head = headOf(ratings);
    const pretty = join(directory, 'head.json');
    writeFileSync(pretty, JSON.stringify(head, null, 2));
    const line = archive([
      `${topic}/ratings ${JSON.stringify(headOf(ratings, 3))}`,
      `${topic}/ratings ${JSON.stringify(head)}`,
    ]);
    for (const given of [JSON.stringify(head), pretty, line]) {
      expect((await run(whole, '--head', given)).code).toBe(0);
      const { code, stdout } = await run(cut, '--head', given, '--json');
      expect(code).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({
        ok: false,
        stores: [
          {
            problems: [{ kind: 'missing', count: 1, what: { en: '1 rating is missing' } }],
            seal: { given: true },
          },
        ],
      });
    }
  });

  it('has an answer to every wrong use, in one line', async () => {
    const path = archive(ratings);
    for (const [args, words] of [
      [[], /^usage/],
      [[join(directory, 'absent')], /cannot be read \(ENOENT\)/],
      [[directory], /not a file/],
      [['/dev/null'], /not a file/],
      [[path, '--head', '{"count":1}'], /--head: found no head/],
      [[path, '--head', join(directory, 'absent')], /--head: .* cannot be read/],
      [[path, '--key', join(directory, 'absent')], /--key: .* cannot be read/],
      [[path, '--key', join(directory, 'row-a', 'board.key')], /--key: .* no Ed25519 public key/],
      [[path, '--kee', 'x'], /--kee/],
    ] as [string[], RegExp][]) {
      const { code, stderr, stdout } = await run(...args);
      expect([code, stdout], args.join(' ')).toEqual([64, '']);
      expect(stderr).toMatch(words);
    }
    const empty = await run(archive([]), ...english);
    expect(empty).toMatchObject({ code: 1, stdout: '· there is no rating in this file\n' });
  });

  it('prints nothing of an archive that a terminal would obey', async () => {
    const evil = `\x1b]0;owned\x07\x1b[2J`;
    const line = { ...ratings[0]!, source: evil, store: `s${evil}`, time: evil };
    const { stdout } = await run(archive([line]), ...english);
    expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
  });
});

it('the archive of these tests is what the hub gets', () => {
  expect(readFileSync(join(directory, 'row-a', 'board.pub'), 'utf8')).toContain('PUBLIC KEY');
  expect(ratings).toHaveLength(12);
  expect(Object.keys(ratings[0]!.data).at(-1)).toBe('chain');
});
