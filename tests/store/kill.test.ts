import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chainOf } from '../../src/protocols/hub/rating-chain.js';
import { close, envelopeOf, open, readAll, sequencesOf, temporaryDirectory, upTo } from './support.js';

/** Built by tests/global-setup.ts. */
const dist = resolve(import.meta.dirname, '../../dist');
const child = join(import.meta.dirname, 'kill-child.mjs');
/** Runs the child until it has said so many lines and a little longer, then kills it; returns its whole lines. */
async function killedRun(directory: string, lanes: number, lines: number, pause: number): Promise<string[]> {
  const running = spawn(process.execPath, [child, dist, directory, String(lanes)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  let dying = false;
  running.stdout.setEncoding('utf8');
  running.stdout.on('data', (piece: string) => {
    text += piece;
    if (!dying && text.split('\n').length > lines) {
      dying = true;
      setTimeout(() => running.kill('SIGKILL'), pause);
    }
  });
  await new Promise((done) => running.once('close', done));
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean);
}

describe('kill -9', () => {
  it('at any moment loses no acknowledged commit, leaves no gap and uses no number twice', async () => {
    const directory = temporaryDirectory();
    const ids = new Map<number, string>();
    let highestIssued = 0;
    let delivered = 0;
    let storeId: string | undefined;
    for (let round = 1; round <= 8; round++) {
      const lines = await killedRun(directory, round % 2 ? 1 : 20, (round * 97) % 400, (round * 7) % 23);
      for (const line of lines) {
        const [what, first, second, third] = line.split(' ');
        if (what === 'session') {
          expect(Number(first)).toBe(round);
          storeId ??= second!;
          expect(second).toBe(storeId);
          expect(Number(third)).toBeGreaterThanOrEqual(delivered);
        } else if (what === 'ack') {
          expect(ids.has(Number(first)), `sequence ${first} twice`).toBe(false);
          ids.set(Number(first), second!);
          highestIssued = Math.max(highestIssued, Number(third));
        } else {
          delivered = Math.max(delivered, Number(first));
        }
      }
      const store = await open(directory, { maximumMegabytes: 8 });
      const events = await readAll(store);
      expect(sequencesOf(events)).toEqual(upTo(events.length));
      const found = new Map(events.map((event) => [event.sequence, envelopeOf(event).id]));
      for (const [sequence, id] of ids) expect(found.get(sequence)).toBe(id);
      // Events and state are of one record: as many numbers issued as events stand there.
      expect(store.state.get('issued')).toBe(events.length);
      expect(Number(store.state.get('issued'))).toBeGreaterThanOrEqual(highestIssued);
      expect(store.outbox.deliveredThrough('key.pressed')).toBeGreaterThanOrEqual(delivered);
      expect(store.condition.damagedRecords).toBe(0);
      let head: string | null = null;
      const ratings = events.filter((event) => event.type === 'rating.submitted');
      for (const event of ratings) {
        const envelope = envelopeOf(event);
        head = chainOf(head, envelope);
        expect(envelope.data.chain, `the chain at ${event.sequence}`).toBe(head);
      }
      expect(store.chain).toEqual({ count: ratings.length, head });
      await close(store);
    }
    expect(ids.size).toBeGreaterThan(500);
  }, 120_000);

  it('gives the directory back at once', async () => {
    const directory = temporaryDirectory();
    expect((await killedRun(directory, 1, 3, 0)).length).toBeGreaterThanOrEqual(3);
    await close(await open(directory));
  });
});
