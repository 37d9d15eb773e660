import { describe, expect, it, onTestFinished } from 'vitest';
import type { Announcement, SpeakResult, Speaks } from '../../src/devices/capabilities.js';
import { voice } from '../../src/devices/voice.js';
import type { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { SimulatedVoice } from '../../src/simulator/spoken-text.js';
import { simulatedSyn6288 } from '../../src/simulator/syn6288.js';
import { simulatedXfs5152 } from '../../src/simulator/xfs5152.js';
import { bench, byteMicroseconds } from './bench.js';

const call: Announcement = { kind: 'call', ticket: 't', number: 'A023', window: '12', priority: false };
const words = '请A零二三号到十二号窗口办理';
const text = (said: string): Announcement => ({ kind: 'text', text: said });

type Protocol = 'syn6288' | 'xfs5152';
const simulated = { syn6288: simulatedSyn6288, xfs5152: simulatedXfs5152 } as const;

function stand(
  options: Readonly<Record<string, unknown>> = {},
  protocol: Protocol = 'syn6288',
  chunking: 'as-sent' | 'single-bytes' = 'as-sent',
) {
  const { clock, bus, farEnd, cable, add, stop, listenerCount } = bench({ chunking });
  const chip: SimulatedVoice = simulated[protocol](
    farEnd,
    clock,
    chunking === 'as-sent' ? { byteMicroseconds } : {},
  );
  const { device, reports } = add(voice, 'voice', { protocol, ...options });
  const speaks = device.capabilities.speaks as Speaks;
  onTestFinished(async () => {
    chip.close();
    const stopping = stop();
    await clock.advance(100);
    await stopping;
    expect(clock.pending()).toEqual([]);
    expect(listenerCount()).toBeLessThanOrEqual(0);
    expect(reports.crashes).toEqual([]);
  });
  return { clock, bus, farEnd, cable, chip, device, reports, speaks };
}

interface Said {
  result: SpeakResult | undefined;
  at: number;
}

function say(
  clock: VirtualClock,
  speaks: Speaks,
  announcement: Announcement = call,
  signal?: AbortSignal,
): Said {
  const said: Said = { result: undefined, at: Number.NaN };
  void speaks.speak(announcement, signal).then((result) => {
    said.result = result;
    said.at = clock.monotonicMilliseconds();
  });
  return said;
}

describe.each(['syn6288', 'xfs5152'] as const)('a voice over %s', (protocol) => {
  it('says a call twice and is confirmed when the module is silent again, with nothing cut off', async () => {
    const { clock, chip, speaks, reports } = stand({ chime: false }, protocol);
    await clock.advance(1_000);
    expect(speaks.readiness).toBe('ready');
    const said = say(clock, speaks);
    await clock.advance(2_000);
    expect(chip.saying).toBe(words);
    expect(said.result).toBeUndefined();
    await clock.advance(10_000);
    expect(said.result).toEqual({ result: 'confirmed' });
    expect(chip.heard.map((heard) => [heard.text, heard.complete])).toEqual([
      [words, true],
      [words, true],
    ]);
    expect(chip.interruptions).toBe(0);
    expect(chip.badFrames).toBe(0);
    expect(reports.shown.at(-1)).toMatchObject({ said: 1, speaking: false });
    expect(reports.faults).toEqual([]);
  });

  it('says one after the other, in the order of the calls, and never into itself', async () => {
    const { clock, chip, speaks } = stand({ chime: false, repeat: 1 }, protocol);
    const said = ['一', '二', '三'].map((one) => say(clock, speaks, text(one.repeat(8))));
    await clock.advance(20_000);
    expect(said.map(({ result }) => result?.result)).toEqual(['confirmed', 'confirmed', 'confirmed']);
    expect(chip.heard.map((heard) => heard.text[0])).toEqual(['一', '二', '三']);
    expect(chip.interruptions).toBe(0);
  });

  it('is found dead within 6 s, failing fast from then on, and is there again by itself', async () => {
    const { clock, chip, speaks, reports } = stand({}, protocol);
    await clock.advance(3_200);
    const dead = clock.monotonicMilliseconds();
    chip.power.off();
    await clock.advance(6_000);
    expect(reports.silences[0]!.at - dead).toBeLessThan(6_000);
    expect(speaks.readiness).toBe('unable');
    const said = say(clock, speaks);
    await clock.advance(3_000);
    expect(said.result).toEqual({ result: 'failed', reason: 'device.unresponsive' });
    chip.power.on();
    const back = clock.monotonicMilliseconds();
    await clock.advance(3_000);
    expect(speaks.readiness).toBe('ready');
    expect(reports.alives.find((at) => at > back)! - back).toBeLessThan(3_000);
  });

  it('is found dead at once by a call that it does not answer', async () => {
    const { clock, chip, speaks, reports } = stand({}, protocol);
    await clock.advance(1_000);
    chip.deaf();
    const said = say(clock, speaks);
    await clock.advance(2_000);
    expect(said.result).toEqual({ result: 'failed', reason: 'device.unresponsive' });
    expect(reports.silences.length).toBeGreaterThan(0);
  });

  it('says a call again that was refused once, and says so where it goes on refusing', async () => {
    const { clock, chip, speaks, reports } = stand({ chime: false, repeat: 1 }, protocol);
    await clock.advance(1_000);
    const first = say(clock, speaks);
    await clock.advance(60);
    // The status was asked for by now; the next frame is the call.
    expect(chip.saying).toBeUndefined();
    chip.refuse(1);
    await clock.advance(10_000);
    expect(first.result).toEqual({ result: 'confirmed' });
    chip.refuse(1_000);
    const second = say(clock, speaks);
    await clock.advance(10_000);
    expect(second.result).toEqual({ result: 'failed', reason: 'voice.refused' });
    expect(reports.standing.has('voice.refused')).toBe(true);
    expect(speaks.readiness).toBe('unable');
    chip.refuse(0);
    await clock.advance(5_000);
    expect(speaks.readiness).toBe('ready');
    expect(reports.standing.has('voice.refused')).toBe(false);
  });

  it('finds a module that is stuck in BUSY, frees it by a stop, and says so', async () => {
    const { clock, chip, speaks, reports } = stand({ chime: false, repeat: 1 }, protocol);
    await clock.advance(1_000);
    const said = say(clock, speaks);
    await clock.advance(500);
    chip.stickBusy('stop');
    // Fourteen characters take at most 3 s and 0.7 s each.
    await clock.advance(11_500);
    expect(said.result).toBeUndefined();
    await clock.advance(2_000);
    expect(said.result).toEqual({ result: 'failed', reason: 'voice.stuck-busy' });
    await clock.advance(8_000);
    expect(reports.faults).toEqual(['raised voice.stuck-busy', 'cleared voice.stuck-busy']);
    expect(speaks.readiness).toBe('ready');
  });

  it('wakes a stuck module by sleep where a stop does not help', async () => {
    const { clock, chip, speaks, reports } = stand({ chime: false, repeat: 1 }, protocol);
    await clock.advance(1_000);
    const said = say(clock, speaks);
    await clock.advance(500);
    chip.stickBusy('sleep');
    await clock.advance(20_000);
    expect(said.result).toEqual({ result: 'failed', reason: 'voice.stuck-busy' });
    expect(reports.faults).toEqual(['raised voice.stuck-busy', 'cleared voice.stuck-busy']);
    expect(speaks.readiness).toBe('ready');
  });

  it('frees one that hangs from before, and says the call after all', async () => {
    const { clock, chip, speaks, reports } = stand({ chime: false, repeat: 1 }, protocol);
    await clock.advance(1_000);
    chip.stickBusy('sleep');
    const said = say(clock, speaks);
    await clock.advance(12_000);
    expect(said.result).toEqual({ result: 'confirmed' });
    expect(reports.faults).toEqual(['raised voice.stuck-busy', 'cleared voice.stuck-busy']);
  });

  it('is unable while nothing frees it, and able again when somebody switched it off and on', async () => {
    const { clock, chip, speaks, reports } = stand({ chime: false, repeat: 1 }, protocol);
    await clock.advance(1_000);
    chip.stickBusy('power');
    say(clock, speaks);
    await clock.advance(60_000);
    expect(speaks.readiness).toBe('unable');
    expect(reports.standing.has('voice.stuck-busy')).toBe(true);
    // Once a stop failed, a call is not kept waiting by another.
    const next = say(clock, speaks);
    await clock.advance(500);
    expect(next.result).toEqual({ result: 'failed', reason: 'voice.stuck-busy' });
    chip.power.off();
    await clock.advance(10_000);
    chip.power.on();
    await clock.advance(4_000);
    expect(speaks.readiness).toBe('ready');
    expect(reports.standing.size).toBe(0);
    const last = say(clock, speaks);
    await clock.advance(10_000);
    expect(last.result).toEqual({ result: 'confirmed' });
  });

  it('finds one that is busy for nobody, and leaves what it was saying before us to its end', async () => {
    const { clock, chip, speaks, reports } = stand({}, protocol);
    chip.stickBusy('stop');
    await clock.advance(55_000);
    expect(reports.faults).toEqual([]);
    expect(speaks.readiness).toBe('ready');
    await clock.advance(15_000);
    expect(reports.faults).toEqual(['raised voice.stuck-busy', 'cleared voice.stuck-busy']);
  });

  it('says a sentence again that a reset cut off, at the volume that was set', async () => {
    const { clock, chip, speaks, reports } = stand({ chime: false, repeat: 1, volumePercent: 50 }, protocol);
    await clock.advance(1_000);
    chip.brownOut(1);
    const said = say(clock, speaks);
    await clock.advance(12_000);
    expect(said.result).toEqual({ result: 'confirmed' });
    const volume = protocol === 'syn6288' ? 8 : 5;
    expect(chip.heard.map((heard) => [heard.complete, heard.volume])).toEqual([
      [false, volume],
      [true, volume],
    ]);
    expect(reports.faults).toEqual([]);
  });

  it('names the weak supply of one that starts anew whenever it speaks', async () => {
    const { clock, chip, speaks, reports } = stand({ chime: false, repeat: 1 }, protocol);
    await clock.advance(1_000);
    chip.brownOut(2);
    const said = say(clock, speaks);
    await clock.advance(12_000);
    expect(said.result).toEqual({ result: 'failed', reason: 'voice.restarts' });
    expect(reports.standing.has('voice.restarts')).toBe(true);
    const next = say(clock, speaks);
    await clock.advance(12_000);
    expect(next.result).toEqual({ result: 'confirmed' });
    expect(reports.standing.size).toBe(0);
  });

  it('stops what it says when it is taken back, at once', async () => {
    const { clock, chip, speaks } = stand({ chime: false }, protocol);
    await clock.advance(1_000);
    const abort = new AbortController();
    const said = say(clock, speaks, call, abort.signal);
    const waiting = new AbortController();
    const behind = say(clock, speaks, text('后面'), waiting.signal);
    await clock.advance(1_000);
    waiting.abort();
    await clock.advance(10);
    expect(behind.result).toEqual({ result: 'failed', reason: 'cancelled' });
    abort.abort();
    await clock.advance(300);
    expect(said.result).toEqual({ result: 'failed', reason: 'cancelled' });
    expect(chip.saying).toBeUndefined();
    expect(chip.heard.map((heard) => heard.complete)).toEqual([false]);
    // The status is asked right after the stop.
    expect(chip.hurriedFrames).toBe(0);
    await clock.advance(10_000);
    expect(chip.heard).toHaveLength(1);
    const never = say(clock, speaks, call, AbortSignal.abort());
    await clock.advance(1);
    expect(never.result).toEqual({ result: 'failed', reason: 'cancelled' });
  });

  it('fails what was under way and what waits when the wire is cut, and is able again when it is back', async () => {
    const { clock, cable, speaks, chip } = stand({ chime: false }, protocol);
    await clock.advance(1_000);
    const seen: string[] = [];
    speaks.onReadiness(() => seen.push(speaks.readiness));
    const said = [say(clock, speaks), say(clock, speaks)];
    await clock.advance(1_000);
    cable.cut();
    await clock.advance(100);
    expect(said.map(({ result }) => result)).toEqual([
      { result: 'failed', reason: 'bus.lost' },
      { result: 'failed', reason: 'bus.lost' },
    ]);
    const late = say(clock, speaks);
    await clock.advance(10);
    expect(late.result).toEqual({ result: 'failed', reason: 'bus.lost' });
    cable.join();
    await clock.advance(3_000);
    expect(seen).toEqual(['unable', 'ready']);
    // It has gone on by itself meanwhile; what it said is not mixed with what is new.
    const next = say(clock, speaks);
    await clock.advance(20_000);
    expect(next.result).toEqual({ result: 'confirmed' });
    expect(chip.heard.at(-1)).toMatchObject({ text: words, complete: true });
  });

  it('fails what is asked of it after it was stopped, and what it was saying', async () => {
    const { clock, device, speaks } = stand({}, protocol);
    await clock.advance(1_000);
    const said = say(clock, speaks);
    await clock.advance(1_000);
    await device.stop();
    await clock.advance(1);
    expect(said.result).toEqual({ result: 'failed', reason: 'device.disabled' });
    const late = say(clock, speaks);
    await clock.advance(1);
    expect(late.result).toEqual({ result: 'failed', reason: 'device.disabled' });
  });

  it('keeps the pauses between frames that the data sheet wants', async () => {
    const { clock, chip, speaks } = stand({}, protocol);
    for (let turn = 0; turn < 5; turn++) say(clock, speaks, text('请注意。'.repeat(60)));
    await clock.advance(600_000);
    expect(chip.heard.length).toBeGreaterThanOrEqual(5);
    expect(chip.hurriedFrames).toBe(0);
    expect(chip.interruptions).toBe(0);
  });

  it('says nothing where there is nothing that it can say', async () => {
    const { clock, chip, speaks } = stand({}, protocol);
    const said = say(clock, speaks, text('😀\u0000'));
    await clock.advance(2_000);
    expect(said.result).toEqual({ result: 'failed', reason: 'voice.nothing-to-say' });
    expect(chip.heard).toEqual([]);
  });

  it('cannot be made loud by somebody’s text', async () => {
    const { clock, chip, speaks } = stand({ chime: false, volumePercent: 50 }, protocol);
    const said = say(clock, speaks, text('[v16]停[x1]电[d]sounda'));
    await clock.advance(20_000);
    expect(said.result).toEqual({ result: 'confirmed' });
    expect(chip.heard[0]).toMatchObject({
      text: '(v16)停(x1)电(d)sounda',
      volume: protocol === 'syn6288' ? 8 : 5,
      sounds: [],
    });
  });

  it('understands a module whose bytes come one by one between noise', async () => {
    const { clock, chip, cable, speaks } = stand({ chime: false, repeat: 1 }, protocol, 'single-bytes');
    await clock.advance(1_000);
    let state = 7;
    cable.noise(0.002, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    });
    let confirmed = 0;
    for (let turn = 0; turn < 30; turn++) {
      const said = say(clock, speaks, text('请二号到五号窗口'));
      await clock.advance(15_000);
      expect(said.result).toBeDefined();
      if (said.result?.result === 'confirmed') {
        confirmed++;
        expect(chip.heard.at(-1)).toMatchObject({ complete: true });
      }
    }
    expect(confirmed).toBeGreaterThan(24);
  });
});

describe('a voice over syn6288', () => {
  it('plays its chime first, and takes no name of a sound in a text for one', async () => {
    const { clock, chip, speaks } = stand({ repeat: 1, chimeSound: 'ringb' });
    const said = say(clock, speaks, text('sounda 到了'));
    await clock.advance(20_000);
    expect(said.result).toEqual({ result: 'confirmed' });
    expect(chip.heard.map(({ text, sounds }) => [text, sounds])).toEqual([
      ['', ['ringb']],
      ['sounda 到了', []],
    ]);
  });

  it('is as loud as the hour wants, in every frame', async () => {
    const { clock, chip, speaks } = stand({ volumeByHour: { '09:30-10:30': 25 } });
    say(clock, speaks);
    await clock.advance(20_000);
    expect(chip.heard.map(({ volume }) => volume)).toEqual([4, 4, 4]);
  });

  it('splits what does not fit a frame, and every frame stays within 200 bytes', async () => {
    const { clock, chip, speaks, farEnd } = stand({ chime: false });
    const longest = { bytes: 0 };
    farEnd.onBytes((bytes) => {
      longest.bytes = Math.max(longest.bytes, bytes.length);
    });
    const long = '今天下午三点停电，请大家抓紧时间办理。'.repeat(12);
    const said = say(clock, speaks, text(long));
    await clock.advance(300_000);
    expect(said.result).toEqual({ result: 'confirmed' });
    expect(longest.bytes).toBeLessThanOrEqual(206);
    expect(chip.heard.length).toBeGreaterThan(2);
    expect(chip.heard.map((heard) => heard.text).join('')).toBe(long);
  });

  it('believes no end that comes at once: the call was lost, and something else was taken for its answer', async () => {
    const { clock, chip, farEnd, speaks } = stand({ chime: false, repeat: 1 });
    await clock.advance(1_000);
    const said = say(clock, speaks);
    await clock.advance(50);
    // From now on it hears nothing of us for a moment; what comes is an echo of earlier answers.
    chip.deaf();
    farEnd.send(Uint8Array.of(0x41, 0x4f));
    await clock.advance(60);
    farEnd.send(Uint8Array.of(0x41, 0x4f));
    await clock.advance(100);
    chip.deaf(false);
    await clock.advance(15_000);
    expect(said.result?.result === 'confirmed').toBe(chip.heard.some((heard) => heard.complete));
  });
});
