import { beforeEach, describe, expect, it } from 'vitest';
import { HallwardError } from '../../src/kernel/errors.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedAudio } from '../../src/simulator/audio.js';
import { audioBus } from '../../src/transports/audio-bus.js';
import type { AudioOutput, Sound } from '../../src/transports/ports-audio.js';
import { scaledWave } from '../../src/transports/wave-volume.js';

const words = (text: string): Sound => ({ content: { text, language: 'en' }, volumePercent: 50 });

let clock: VirtualClock;
beforeEach(() => {
  clock = new VirtualClock();
});

function watch(promise: Promise<void>): { outcome: string } {
  const watched = { outcome: 'pending' };
  promise.then(
    () => {
      watched.outcome = 'played';
    },
    (error: HallwardError) => {
      watched.outcome = error.code;
    },
  );
  return watched;
}

describe('the bus of a sound card', () => {
  it('plays one sound after the other, also those asked for before the card was found', async () => {
    const { output, panel } = simulatedAudio({ clock });
    const bus = audioBus('sound', output, clock);
    const all = ['one', 'two', 'three'].map((text) => watch(bus.play(words(text))));
    expect(bus.state).toBe('opening');
    await clock.advance(10_000);
    expect(all.map(({ outcome }) => outcome)).toEqual(['played', 'played', 'played']);
    expect(panel.heard.map(({ said }) => said)).toEqual(['one', 'two', 'three']);
    const [first, second] = panel.heard;
    expect(second!.atMilliseconds - first!.atMilliseconds).toBeGreaterThanOrEqual(600);
    expect(bus.sent).toBe(3);
    await bus.close();
    expect(clock.pending()).toEqual([]);
  });

  it('gives up a sound that does not end, and what comes next is played', async () => {
    const { output, panel } = simulatedAudio({ clock });
    const bus = audioBus('sound', output, clock);
    await clock.advance(10);
    panel.hang();
    const first = watch(bus.play(words('one')));
    await clock.advance(1_000);
    panel.hang(false);
    const second = watch(bus.play(words('two')));
    await clock.advance(10_000);
    expect([first.outcome, second.outcome]).toEqual(['audio.timeout', 'played']);
    expect(bus.state).toBe('open');
    await bus.close();
  });

  it('does not wait for an output that hangs for good and cannot even be ended', async () => {
    let hangs = true;
    const output: AudioOutput = {
      address: 'card',
      probe: async () => {},
      play: () => (hangs ? new Promise(() => {}) : Promise.resolve()),
    };
    const bus = audioBus('sound', output, clock);
    const first = watch(bus.play(words('one')));
    await clock.advance(8_000);
    expect(first.outcome).toBe('audio.timeout');
    hangs = false;
    const second = watch(bus.play(words('two')));
    await clock.advance(10);
    expect(second.outcome).toBe('played');
    await bus.close();
    expect(clock.pending()).toEqual([]);
  });

  it('is lost with its card, rejects everything at once, and finds it again', async () => {
    const { output, panel } = simulatedAudio({ clock });
    const bus = audioBus('sound', output, clock);
    const states: string[] = [];
    bus.onChange(() => states.push(bus.state));
    await clock.advance(10);
    const waiting = [watch(bus.play(words('one'))), watch(bus.play(words('two')))];
    await clock.advance(100);
    panel.unplug();
    await clock.advance(10);
    expect(waiting.map(({ outcome }) => outcome)).toEqual(['audio.absent', 'wire.lost']);
    expect(bus.lostBecause?.code).toBe('audio.absent');
    const late = watch(bus.play(words('three')));
    await clock.advance(1);
    expect(late.outcome).toBe('wire.lost');
    panel.plug();
    await clock.advance(20_000);
    expect(states).toEqual(['open', 'lost', 'open']);
    expect(bus.lostBecause).toBeUndefined();
    await bus.close();
  });

  it('is tried more and more rarely while it is away, and a missing package every half minute', async () => {
    const tries: number[] = [];
    let code = 'audio.absent';
    const output: AudioOutput = {
      address: 'card',
      probe: async () => {
        tries.push(clock.monotonicMilliseconds());
        throw new HallwardError(code, 'absent', 'not there');
      },
      play: async () => {},
    };
    const bus = audioBus('sound', output, clock, () => 0.5);
    await clock.advance(120_000);
    const pauses = tries.slice(1).map((at, index) => at - tries[index]!);
    expect(pauses[0]).toBeLessThan(1_100);
    expect(Math.max(...pauses)).toBeLessThan(16_000);
    expect(tries.length).toBeLessThan(20);
    code = 'audio.unusable';
    await clock.advance(16_000);
    const before = tries.length;
    await clock.advance(120_000);
    expect(tries.length - before).toBe(4);
    await bus.close();
  });

  it('takes back what waits and what is played, by the signal', async () => {
    const { output, panel } = simulatedAudio({ clock });
    const bus = audioBus('sound', output, clock);
    await clock.advance(10);
    const first = new AbortController();
    const second = new AbortController();
    const played = watch(bus.play(words('one'), first.signal));
    const waits = watch(bus.play(words('two'), second.signal));
    const last = watch(bus.play(words('three')));
    await clock.advance(100);
    second.abort();
    await clock.advance(1);
    expect([played.outcome, waits.outcome]).toEqual(['pending', 'bus.cancelled']);
    first.abort();
    await clock.advance(2_000);
    expect([played.outcome, last.outcome]).toEqual(['bus.cancelled', 'played']);
    expect(watch(bus.play(words('four'), AbortSignal.abort())).outcome).toBe('pending');
    await clock.advance(1_000);
    expect(panel.heard.map(({ said }) => said)).toEqual(['one', 'three']);
    await bus.close();
  });

  it('is bounded, and ends what plays when it is closed', async () => {
    const { output } = simulatedAudio({ clock });
    const bus = audioBus('sound', output, clock);
    await clock.advance(10);
    const all = Array.from({ length: 40 }, (_, index) => watch(bus.play(words(`number ${index}`))));
    await clock.advance(1);
    expect(all.filter(({ outcome }) => outcome === 'bus.queue-full')).toHaveLength(7);
    const closing = bus.close();
    await clock.advance(1_000);
    await closing;
    expect(all.every(({ outcome }) => outcome === 'bus.closed' || outcome === 'bus.queue-full')).toBe(true);
    await expect(bus.play(words('late'))).rejects.toMatchObject({ code: 'bus.closed' });
    expect(clock.pending()).toEqual([]);
  });
});

describe('a wave at another volume', () => {
  const wave = (samples: readonly number[], format = 1, bits = 16) => {
    const file = Buffer.alloc(44 + 2 * samples.length);
    file.write('RIFF', 0);
    file.writeUInt32LE(file.length - 8, 4);
    file.write('WAVEfmt ', 8);
    file.writeUInt32LE(16, 16);
    file.writeUInt16LE(format, 20);
    file.writeUInt16LE(bits, 34);
    file.write('data', 36);
    file.writeUInt32LE(2 * samples.length, 40);
    for (const [index, sample] of samples.entries()) file.writeInt16LE(sample, 44 + 2 * index);
    return new Uint8Array(file);
  };

  it('has its samples changed and nothing else, and is left alone where it is another format', () => {
    expect(scaledWave(wave([1000, -1000, 32767]), 50)).toEqual(wave([500, -500, 16384]));
    expect(scaledWave(wave([1000]), 100)).toEqual(wave([1000]));
    for (const other of [wave([1000], 6), wave([1000], 1, 8), new Uint8Array(3), wave([1]).subarray(0, 30)]) {
      expect(scaledWave(other, 50)).toEqual(other);
    }
  });
});
