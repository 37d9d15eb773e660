import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Listeners } from '../../src/kernel/listeners.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { RatingsState } from '../../src/protocols/hub/payloads.js';
import type { ChainHead } from '../../src/protocols/hub/rating-chain.js';
import { isSealed, readPublicKeys, readRatingHead, signedText } from '../../src/protocols/hub/rating-head.js';
import { type BoardKey, openBoardKey } from '../../src/supervisor/board-key.js';
import { RatingSeal } from '../../src/supervisor/rating-seal.js';

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hallward-key-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("the board's own key", () => {
  it('is made once, for its owner alone, and is the same at every start', async () => {
    const directory = folder();
    const first = await openBoardKey(directory, silentLog);
    expect(readdirSync(directory).sort()).toEqual(['board.key', 'board.pub']);
    expect(modeOf(join(directory, 'board.key'))).toBe('600');
    const secret = readFileSync(join(directory, 'board.key'), 'utf8');
    expect(secret).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const second = await openBoardKey(directory, silentLog);
    expect(second.publicKey).toBe(first.publicKey);
    expect(readFileSync(join(directory, 'board.key'), 'utf8')).toBe(secret);
    expect(Buffer.from(first.publicKey, 'base64')).toHaveLength(32);
  });

  it('has its public half beside it, again where that was lost or is of another key', async () => {
    const directory = folder();
    const { publicKey } = await openBoardKey(directory, silentLog);
    const beside = join(directory, 'board.pub');
    expect([...readPublicKeys(readFileSync(beside, 'utf8'))!]).toEqual([publicKey]);
    for (const spoil of [() => rmSync(beside), () => writeFileSync(beside, 'something else')]) {
      spoil();
      await openBoardKey(directory, silentLog);
      expect([...readPublicKeys(readFileSync(beside, 'utf8'))!]).toEqual([publicKey]);
    }
  });

  it('signs what openssl finds signed', async () => {
    const directory = folder();
    const key = await openBoardKey(directory, silentLog);
    writeFileSync(join(directory, 'text'), 'some words');
    writeFileSync(join(directory, 'signature'), Buffer.from(key.sign('some words'), 'base64'));
    const verify = () =>
      execFileSync(
        'openssl',
        [
          'pkeyutl',
          '-verify',
          '-pubin',
          '-inkey',
          'board.pub',
          '-rawin',
          '-in',
          'text',
          '-sigfile',
          'signature',
        ],
        { cwd: directory, encoding: 'utf8', stdio: 'pipe' },
      );
    expect(verify()).toContain('Verified Successfully');
    writeFileSync(join(directory, 'text'), 'other words');
    expect(verify).toThrow();
  });

  it('is made anew where a start was cut short before it was whole', async () => {
    const directory = folder();
    writeFileSync(join(directory, 'board.key.tmp'), '-----BEGIN PRIV', { mode: 0o644 });
    await openBoardKey(directory, silentLog);
    expect(readdirSync(directory).sort()).toEqual(['board.key', 'board.pub']);
    expect(modeOf(join(directory, 'board.key'))).toBe('600');
  });

  it.each([0o644, 0o640, 0o602])('is not used while others may read or change it (mode %o)', async (mode) => {
    const directory = folder();
    await openBoardKey(directory, silentLog);
    const path = join(directory, 'board.key');
    chmodSync(path, mode);
    await expect(openBoardKey(directory, silentLog)).rejects.toMatchObject({
      code: 'board-key.exposed',
      message: `others may read ${path}; mend it with: chmod 600 ${path}`,
    });
  });

  it('is never replaced where it is damaged', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    const spoilt = ['', 'not a key', '\0'.repeat(100), 'x'.repeat(100_000)];
    for (const text of [...spoilt, String(rsa.export({ format: 'pem', type: 'pkcs8' }))]) {
      const directory = folder();
      const path = join(directory, 'board.key');
      writeFileSync(path, text, { mode: 0o600 });
      const failure = { code: 'board-key.damaged', message: expect.stringMatching(/backup.*restart/) };
      await expect(openBoardKey(directory, silentLog)).rejects.toMatchObject(failure);
      expect(readFileSync(path, 'utf8')).toBe(text);
    }
  });

  it('says so where it can be neither read nor made', async () => {
    await expect(openBoardKey(join(folder(), 'absent'), silentLog)).rejects.toMatchObject({
      code: 'board-key.unreadable',
    });
    const directory = folder();
    mkdirSync(join(directory, 'board.key'), { mode: 0o700 });
    await expect(openBoardKey(directory, silentLog)).rejects.toMatchObject({ code: 'board-key.damaged' });
  });
});

describe('a public key that somebody keeps', () => {
  it('is read from PEM and from base64, and never from a private key or anything else', async () => {
    const directory = folder();
    const { publicKey } = await openBoardKey(directory, silentLog);
    const other = folder();
    const second = (await openBoardKey(other, silentLog)).publicKey;
    const keys = (text: string) => [...(readPublicKeys(text) ?? [])];
    expect(keys(` ${publicKey}\n`)).toEqual([publicKey]);
    expect(keys(`${publicKey}\n${second}\n`)).toEqual([publicKey, second]);
    const pems = [directory, other].map((one) => readFileSync(join(one, 'board.pub'), 'utf8')).join('');
    expect(keys(pems)).toEqual([publicKey, second]);
    const secret = readFileSync(join(directory, 'board.key'), 'utf8');
    const rsa = String(
      generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'pem', type: 'spki' }),
    );
    for (const text of ['', 'x', publicKey.slice(1), rsa, secret, pems + secret, `${publicKey} x`]) {
      expect(readPublicKeys(text)).toBeUndefined();
    }
  });
});

describe('the seal of ratings', () => {
  const hash = (count: number) => String(count % 10).repeat(64);

  function world(openKey: () => Promise<BoardKey>) {
    const clock = new VirtualClock('2026-11-21T01:00:00.000Z');
    const grown = new Listeners<[]>();
    let chain: ChainHead = { count: 0, head: null };
    const published: RatingsState[] = [];
    const faults: string[] = [];
    const seal = new RatingSeal({
      clock,
      store: {
        storeId: 'store-1',
        get chain() {
          return chain;
        },
        onChain: (listener) => grown.add(listener),
      },
      faults: {
        raise({ code, evidence }) {
          faults.push(`raised ${code}: ${evidence?.reason}`);
        },
        clear(_device, code) {
          faults.push(`cleared ${code}`);
        },
      },
      openKey,
      publish: (state) => published.push(state),
    });
    const grow = (by = 1) => {
      chain = { count: chain.count + by, head: hash(chain.count + by) };
      grown.tell();
    };
    const counts = () => published.map(({ count }) => count);
    return { clock, seal, grow, published, faults, counts };
  }

  it('stands from the start on, also over no rating at all, and holds against the payload', async () => {
    const directory = folder();
    const { seal, published, grow, clock } = world(() => openBoardKey(directory, silentLog));
    await seal.start();
    grow();
    await clock.advance(10);
    expect(published).toMatchObject([
      { store: 'store-1', count: 0, head: null, at: '2026-11-21T01:00:00.000Z' },
      { store: 'store-1', count: 1, head: hash(1) },
    ]);
    for (const state of published) {
      const head = readRatingHead(JSON.parse(JSON.stringify(state)))!;
      expect(isSealed(head)).toBe(true);
      expect(signedText(head)).toMatch(/^\{"at":.*"count":.*"head":.*"publicKey":.*"store":"store-1"\}$/);
      const other = world(() => openBoardKey(folder(), silentLog));
      await other.seal.start();
      for (const change of [
        { store: 'store-2' },
        { count: 7, head: hash(7) },
        { at: '2026-11-21T01:00:00.001Z' },
        { publicKey: other.published[0]!.publicKey },
        { signature: other.published[0]!.signature },
        { signature: null },
        { publicKey: 'AAAA' },
      ]) {
        expect(isSealed({ ...head, ...change }), JSON.stringify(change)).toBe(false);
      }
    }
    seal.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('is said at once, then at most once a second, the last one too', async () => {
    const key = openBoardKey(folder(), silentLog);
    const { seal, grow, clock, counts } = world(() => key);
    await seal.start();
    for (let rating = 0; rating < 5; rating++) grow();
    expect(counts()).toEqual([0, 1]);
    await clock.advance(999);
    expect(counts()).toEqual([0, 1]);
    await clock.advance(1);
    expect(counts()).toEqual([0, 1, 5]);
    await clock.advance(10_000);
    grow();
    grow();
    expect(counts()).toEqual([0, 1, 5, 6]);
    seal.stop();
    expect(counts()).toEqual([0, 1, 5, 6, 7]);
    grow();
    await clock.advance(5_000);
    expect(counts()).toEqual([0, 1, 5, 6, 7]);
    expect(clock.pending()).toEqual([]);
  });

  it('is left out, with a fault, while the key cannot be used', async () => {
    const { seal, grow, published, faults } = world(() => Promise.reject(new Error('it is damaged')));
    await seal.start();
    grow();
    expect(faults).toEqual(['raised controller.board-key-unusable: it is damaged']);
    expect(published.map(({ count, publicKey, signature }) => [count, publicKey, signature])).toEqual([
      [0, null, null],
      [1, null, null],
    ]);
    expect(published.every((state) => readRatingHead(state) !== undefined && !isSealed(state))).toBe(true);
    seal.stop();
  });

  it('does not wait for a disk that hangs, and comes when that has answered', async () => {
    const key = await openBoardKey(folder(), silentLog);
    let answer = (_key: BoardKey) => {};
    const { seal, grow, clock, published, faults } = world(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    let started = false;
    const starting = seal.start().then(() => {
      started = true;
    });
    grow();
    await clock.advance(1999);
    expect([started, published]).toEqual([false, []]);
    await clock.advance(1);
    await starting;
    expect(published).toMatchObject([{ count: 1, signature: null }]);
    answer(key);
    await clock.advance(1);
    expect(faults).toEqual([
      'raised controller.board-key-unusable: the disk does not answer',
      'cleared controller.board-key-unusable',
    ]);
    expect(published).toHaveLength(2);
    expect(isSealed(published[1]!)).toBe(true);
    seal.stop();
    expect(clock.pending()).toEqual([]);
  });

  it('read back is nothing that only looks like one', () => {
    const good = { store: 's', count: 1, head: hash(1), at: 'x', publicKey: null, signature: null };
    expect(readRatingHead(good)).toEqual(good);
    for (const bad of [
      null,
      [],
      'x',
      {},
      { ...good, count: -1 },
      { ...good, count: 1.5 },
      { ...good, count: 1e300 },
      { ...good, head: null },
      { ...good, count: 0 },
      { ...good, head: hash(1).slice(1) },
      { ...good, store: '' },
      { ...good, signature: 5 },
      { ...good, signature: 'x'.repeat(10_000) },
    ]) {
      expect(readRatingHead(bad), JSON.stringify(bad)).toBeUndefined();
    }
  });
});
