import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { Proof } from '../../src/store/proof.js';

/** A storage whose syncs end when `end` is called. */
function bench(mode: 'durable' | 'memory' = 'durable') {
  const clock = new VirtualClock();
  const syncs: { end(error?: Error): void }[] = [];
  const errors: unknown[] = [];
  const writer = { mode, fail: (error: unknown) => void errors.push(error) };
  const sync = () =>
    new Promise<void>((resolve, reject) => {
      syncs.push({ end: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  return { clock, syncs, errors, writer, proof: new Proof(clock, { sync }, writer) };
}

describe('proof that the storage works', () => {
  it('is a sync that came back', async () => {
    const { proof, syncs } = bench();
    const proven = proof.prove();
    syncs[0]!.end();
    expect(await proven).toBe(true);
  });

  it('is missing after 5 s; a storage that hangs is not asked a second time', async () => {
    const { clock, proof, syncs } = bench();
    const first = proof.prove();
    await clock.advance(5_000);
    expect(await first).toBe(false);
    const second = proof.prove();
    expect(syncs).toHaveLength(1);
    syncs[0]!.end();
    expect(await second).toBe(true);
    void proof.prove();
    expect(syncs).toHaveLength(2);
  });

  it('is not asked for in memory, and not missed where the hall goes on in memory meanwhile', async () => {
    const { proof, syncs } = bench('memory');
    expect(await proof.prove()).toBe(true);
    expect(syncs).toHaveLength(0);
    const failing = bench();
    const proven = failing.proof.prove();
    failing.writer.mode = 'memory';
    await failing.clock.advance(5_000);
    expect(await proven).toBe(true);
  });

  it('tells of a sync that failed', async () => {
    const { proof, syncs, errors } = bench();
    const proven = proof.prove();
    const error = new Error('EIO');
    syncs[0]!.end(error);
    expect(await proven).toBe(true);
    expect(errors).toEqual([error]);
  });
});
