import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../src/kernel/json.js';
import { Board, type BoardOptions, check, deadAddress, type Loose, pushable, rowDocument } from './board.js';

const moved = (address: number) =>
  rowDocument((document) => Object.assign(document.devices['board-6'], { address }));
const fileA = moved(61);
const fileB = moved(62);

async function started(file: unknown, options: BoardOptions = {}): Promise<Board> {
  const board = new Board(options);
  expect(await board.boot(file)).toBe(true);
  return board;
}

/** The process ends without a word, and another one begins with what is stored. */
function again(board: Board, file: unknown): Promise<Board> {
  board.powerOff();
  return started(file, { state: board.state });
}

async function stopped(board: Board): Promise<void> {
  await board.transactions.stop();
  board.powerOff();
}

describe('at a start', () => {
  it('runs the file where nothing ran before', async () => {
    const board = await started(fileA);
    expect(board.reported).toMatchObject({
      revision: 0,
      state: 'applied',
      running: { source: 'file' },
      config: fileA,
    });
    expect(board.events.map(({ type }) => type)).toEqual(['config.applied']);
  });

  it('runs nothing where the file is bad and nothing ran before', async () => {
    const board = new Board();
    expect(await board.boot('not valid YAML')).toBe(false);
    expect(await board.boot({ hall: 'jinshan' })).toBe(false);
  });

  it('runs the push that ran, while the file is the one that is known', async () => {
    const board = await started(fileA);
    await board.push({ revision: 3, config: pushable(fileB) });
    const next = await again(board, fileA);
    expect(next.reported).toMatchObject({
      ...{ revision: 3, state: 'applied', running: { revision: 3, source: 'hub' }, config: fileB },
    });
    // Nothing new has happened.
    expect(next.events).toEqual([]);
    expect((await next.push({ revision: 3, config: pushable(fileB) }, 500)).revision).toBe(3);
    expect(next.events).toEqual([]);
  });

  it('runs a file that was edited after the push; and the push that arrives again changes nothing', async () => {
    const board = await started(fileA);
    await board.push({ revision: 3, config: pushable(fileB) });
    const edited = moved(63);
    const next = await again(board, edited);
    expect(next.reported).toMatchObject({ revision: 0, running: { source: 'file' }, config: edited });
    await next.push({ revision: 3, config: pushable(fileB) }, 500);
    expect(next.running['board-6'].address).toBe(63);
    expect(await next.push({ revision: 4, config: pushable(fileB) })).toMatchObject({ state: 'applied' });
  });

  it('goes by the content of the file: other comments, order and date are no edit', async () => {
    const board = await started(fileA);
    await board.push({ revision: 3, config: pushable(fileB) });
    const { hall, ...rest } = fileA;
    const next = await again(board, { ...rest, hall });
    expect(next.reported.running.source).toBe('hub');
  });

  it('runs what ran where the file is bad, and says why', async () => {
    const board = await started(fileA);
    await board.push({ revision: 3, config: pushable(fileB) });
    for (const bad of ['not valid YAML', { ...fileA, langauge: 'en' }]) {
      const next = await again(board, bad);
      expect(next.reported).toMatchObject({ revision: 0, state: 'rolled-back', config: fileB });
      expect(next.reported.errors).toHaveLength(1);
      expect(next.events.map(({ type }) => type)).toContain('config.rolled-back');
    }
  });

  it('says so until the file is mended, also when the push that runs arrives again', async () => {
    const board = await started(fileA);
    await board.push({ revision: 3, config: pushable(fileB) });
    const next = await again(board, 'not valid YAML');
    await next.push({ revision: 3, config: pushable(fileB) }, 500);
    expect(next.reported).toMatchObject({ revision: 0, state: 'rolled-back' });
    // Mended to what it was before the push: that goes on, and nothing is wrong any more.
    await next.transactions.file(check(fileA));
    expect(next.reported).toMatchObject({ revision: 3, state: 'applied', config: fileB });
    await next.transactions.file({ ...check('nothing'), problems: [{ path: '', message: 'bad' }] });
    expect(next.reported.state).toBe('rejected');
    await next.transactions.file(check(fileA));
    expect(next.reported).toMatchObject({ revision: 3, state: 'applied', config: fileB });
  });

  it('is content after a start with the mended file, too', async () => {
    const board = await started(fileA);
    await board.push({ revision: 3, config: pushable(fileB) });
    await board.transactions.file(check('nothing'));
    expect(board.reported).toMatchObject({ revision: 0, state: 'rejected' });
    const next = await again(board, fileA);
    expect(next.reported).toMatchObject({ revision: 3, state: 'applied', errors: [], config: fileB });
    const bad = await again(next, 'not valid YAML');
    expect(bad.reported).toMatchObject({ revision: 0, state: 'rolled-back' });
    const last = await again(bad, fileA);
    expect(last.reported).toMatchObject({ revision: 3, state: 'applied', errors: [], config: fileB });
  });

  it('says again what was refused last', async () => {
    const board = await started(fileA);
    await board.push({ revision: 3, config: { devicez: {} } });
    const next = await again(board, fileA);
    expect(next.reported).toMatchObject({ revision: 3, state: 'rejected', running: { revision: 0 } });
    expect(next.events).toEqual([]);
  });

  it('reads storage that another version or nobody in his senses wrote', async () => {
    const written = fc.dictionary(
      fc.constantFrom('config/book', 'config/running', 'config/previous', 'config/file', 'config/revision/3'),
      fc.jsonValue({ maxDepth: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(written, async (state) => {
        const board = await started(fileA, { state: new Map(Object.entries(state)) as Map<string, Json> });
        expect(board.running).toEqual(board.transactions.running.configuration.devices);
        expect(board.transactions.history().length).toBeLessThanOrEqual(2);
        board.powerOff();
      }),
      { numRuns: 100 },
    );
  });

  it('runs what this version knows of a document that a newer one ran', async () => {
    const newer: Loose = structuredClone(fileB);
    newer.lighting = { scene: 'day' };
    newer.devices['robot-1'] = { kind: 'guide-robot', bus: 'row', protocol: 'walks' };
    newer.devices['board-7'].glow = 'soft';
    const hash = 'newer';
    const state = new Map<string, Json>([
      ['config/running', { revision: 9, hash, source: 'hub', document: newer } as Json],
      ['config/book', { file: { hash: 'older file', outcome: 'applied' } } as Json],
    ]);
    // The newer version's file cannot be read here, either.
    const board = await started({ ...fileA, lighting: {} }, { state });
    expect(Object.keys(board.running)).toEqual(['board-5', 'board-6']);
    expect(board.reported).toMatchObject({ state: 'rolled-back', config: { hub: fileA.hub } });
  });
});

describe('a push that ends the process', () => {
  it('after it was kept is left after three starts within a minute', async () => {
    let board = await started(fileA);
    await board.pass(61_000);
    await board.push({ revision: 3, config: pushable(fileB) });
    for (const expected of [fileB, fileB]) {
      board = await again(board, fileA);
      expect(board.reported.config).toEqual(expected);
      await board.pass(20_000);
    }
    board = await again(board, fileA);
    expect(board.reported).toMatchObject({ revision: 3, state: 'rolled-back', config: fileA });
    expect(board.reported.errors[0]?.message).toContain('without running for a minute');
    expect(board.events.map(({ type }) => type)).toContain('config.rolled-back');
    // And it stays left, also when it arrives again.
    await board.push({ revision: 3, config: pushable(fileB) }, 500);
    board = await again(board, fileA);
    expect(board.running['board-6'].address).toBe(61);
    expect(await board.push({ revision: 4, config: pushable(fileB) })).toMatchObject({ state: 'applied' });
  });

  it('is one that was fine where it ran for a minute once', async () => {
    let board = await started(fileA);
    await board.push({ revision: 3, config: pushable(fileB) });
    board = await again(board, fileA);
    await board.pass(61_000);
    for (let start = 0; start < 5; start++) board = await again(board, fileA);
    expect(board.reported.config).toEqual(fileB);
  });

  it('is not what stops it in order: three restarts by hand leave it alone', async () => {
    let board = await started(fileA);
    await board.push({ revision: 3, config: pushable(fileB) });
    for (let start = 0; start < 5; start++) {
      await stopped(board);
      board = await started(fileA, { state: board.state });
    }
    expect(board.reported.config).toEqual(fileB);
  });

  it('while it is applied is tried three times in all', async () => {
    let board = await started(fileA);
    for (let attempt = 1; attempt <= 3; attempt++) {
      board.transactions.desired(
        Buffer.from(JSON.stringify({ revision: 3, config: pushable(moved(deadAddress)) })),
      );
      await board.pass(1_000);
      expect(board.running['board-6'].address).toBe(deadAddress);
      board = await again(board, fileA);
      expect(board.reported).toMatchObject({ revision: 3, state: 'rolled-back', config: fileA });
    }
    await board.push({ revision: 3, config: pushable(moved(deadAddress)) }, 1_000);
    expect(board.running['board-6'].address).toBe(61);
  });

  it('while it is applied is said to have done so once, not at each start', async () => {
    let board = await started(fileA);
    await board.pass(61_000);
    board.transactions.desired(
      Buffer.from(JSON.stringify({ revision: 3, config: pushable(moved(deadAddress)) })),
    );
    await board.pass(1_000);
    board = await again(board, fileA);
    expect(board.events.map(({ type }) => type)).toContain('config.rolled-back');
    board = await again(board, fileA);
    expect(board.events.map(({ type }) => type)).not.toContain('config.rolled-back');
    expect(board.reported).toMatchObject({ revision: 3, state: 'rolled-back' });
  });

  it('while it is applied is to blame itself, and not the one that runs', async () => {
    let board = await started(fileA);
    await board.pass(61_000);
    await board.push({ revision: 3, config: pushable(fileB) });
    for (let attempt = 1; attempt <= 3; attempt++) {
      board.transactions.desired(
        Buffer.from(JSON.stringify({ revision: 4, config: pushable(moved(deadAddress)) })),
      );
      await board.pass(1_000);
      expect(board.running['board-6'].address).toBe(deadAddress);
      board = await again(board, fileA);
      expect(board.running['board-6'].address).toBe(62);
    }
    expect(board.reported).toMatchObject({ revision: 4, state: 'rolled-back', running: { revision: 3 } });
  });

  it('leaves the last one that has run for a minute, not one that was pushed a moment before', async () => {
    let board = await started(fileA);
    await board.pass(61_000);
    await board.push({ revision: 3, config: pushable(fileB) });
    await board.pass(5_000);
    await board.push({ revision: 4, config: pushable(moved(63)) });
    for (const expected of [63, 63, 61, 61, 61, 61]) {
      board = await again(board, fileA);
      expect(board.running['board-6'].address).toBe(expected);
    }
  });

  it('may as well be a file: the one before it comes back, until it is edited again', async () => {
    let board = await started(fileA);
    await board.pass(61_000);
    for (const expected of [62, 62, 61, 61]) {
      board = await again(board, fileB);
      expect(board.running['board-6'].address).toBe(expected);
    }
    board = await again(board, moved(64));
    expect(board.running['board-6'].address).toBe(64);
  });
});

describe('a file that is read again while the controller runs', () => {
  it('is rolled back where it breaks what worked, and runs neither then nor after a restart', async () => {
    const board = await started(fileA);
    await board.pass(1_000);

    void board.transactions.file(check(moved(deadAddress)));
    await board.pass(25_000);
    expect(board.reported).toMatchObject({ revision: 0, state: 'rolled-back', config: fileA });
    const next = await again(board, moved(deadAddress));
    expect(next.reported).toMatchObject({ state: 'rolled-back', config: fileA });
    // Whoever asks for it once more gets it tried once more.
    const again2 = next.reports.length;
    void next.transactions.file(check(moved(65)));
    await next.pass(5_000);
    expect(next.reports.length).toBeGreaterThan(again2);
    expect(next.running['board-6'].address).toBe(65);
  });

  it('is not what the history calls rolled back, where it is the one before that runs', async () => {
    const board = await started(fileA);
    await board.pass(61_000);
    void board.transactions.file(check(moved(deadAddress)));
    await board.pass(25_000);
    expect(board.reported.state).toBe('rolled-back');
    expect(board.transactions.history()).toMatchObject([
      { revision: 0, outcome: 'applied', config: pushable(fileA) },
    ]);
  });

  it.each(['hall', 'controller', 'storage'])(
    'cannot change %s while it runs, and nothing of it is done',
    async (key) => {
      const board = await started(fileA);
      board.steps.length = 0;
      const value = key === 'storage' ? { maxMegabytes: 64 } : 'other';
      await board.transactions.file(check({ ...fileB, [key]: value }));
      expect(board.reported).toMatchObject({ revision: 0, state: 'rejected', errors: [{ path: key }] });
      expect(board.steps).toEqual([]);
    },
  );

  it('and did not change leaves a push that came after it', async () => {
    const board = await started(fileA);
    await board.push({ revision: 3, config: pushable(fileB) });

    await board.transactions.file(check(fileA));
    expect(board.running['board-6'].address).toBe(62);
  });
});

describe('when the power goes', () => {
  it.each([
    ['a good push', fileB],
    ['a push that is rolled back', moved(deadAddress)],
    [
      'a push that adds and removes',
      rowDocument((document) => {
        document.devices['board-8'] = { ...document.devices['board-7'], window: '8', address: 8 };
        delete document.devices['board-5'];
      }),
    ],
  ])('at any moment of %s, one whole configuration comes back', async (_, wanted) => {
    const moments: { readonly what: string; readonly state: Map<string, Json> }[] = [];
    let board: Board | undefined;
    const options: BoardOptions = {
      moment: (what) => {
        // The gate looks often, and nothing is stored meanwhile.
        const looks = moments.filter((moment) => moment.what === 'gate').length;
        if (board !== undefined && (what !== 'gate' || looks < 3))
          moments.push({ what, state: new Map(board.state) });
      },
    };
    const first = await started(fileA, options);
    await first.pass(61_000);
    board = first;
    const push = { revision: 1, config: pushable(wanted) };
    await first.push(push);
    first.powerOff();
    expect(new Set(moments.map(({ what }) => what))).toEqual(
      new Set(['commit', 'committed', 'gate', 'stop-device', 'start-device']),
    );
    for (const { what, state } of moments) {
      const next = await started(fileA, { state });
      const { configuration, document } = next.transactions.running;
      expect([fileA, wanted], what).toContainEqual(document);
      expect(next.running, what).toEqual(configuration.devices);
      expect(next.reported.config, what).toEqual(document);
      // The hub still has it: it ends as it would have ended without the loss.
      await next.pass(61_000);
      await next.push(push, 30_000);
      await next.pass(1_000);
      const rolledBack = wanted.devices['board-6'].address === deadAddress;
      expect(next.transactions.running.document, what).toEqual(rolledBack ? fileA : wanted);
      next.powerOff();
    }
  });
});
