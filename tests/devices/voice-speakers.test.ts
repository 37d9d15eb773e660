import { describe, expect, it, onTestFinished } from 'vitest';
import type { Announcement, SpeakResult, Speaks } from '../../src/devices/capabilities.js';
import { chimeWave, silentWave } from '../../src/devices/chime.js';
import { voice } from '../../src/devices/voice.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { simulatedAudio } from '../../src/simulator/audio.js';
import { audioBus } from '../../src/transports/audio-bus.js';
import { dice, makeDevice } from './bench.js';

const call: Announcement = { kind: 'call', ticket: 't', number: 'A023', window: '12', priority: false };
const chinese = '请A零二三号到十二号窗口办理';
const english = 'Ticket A zero two three, please go to window twelve';

function stand(options: Readonly<Record<string, unknown>> = {}, plugged = true) {
  const clock = new VirtualClock();
  const { output, panel } = simulatedAudio({ clock });
  if (!plugged) panel.unplug();
  const bus = audioBus('sound', output, clock, dice(1));
  const { device, reports } = makeDevice(
    voice,
    'voice',
    { protocol: 'espeak', bus: 'sound', ...options },
    bus,
    clock,
  );
  const speaks = device.capabilities.speaks as Speaks;
  device.start();
  onTestFinished(async () => {
    await device.stop();
    await bus.close();
    await clock.advance(1_000);
    expect(clock.pending()).toEqual([]);
    expect(reports.crashes).toEqual([]);
  });
  const say = (announcement: Announcement = call, signal?: AbortSignal) => {
    const said: { result: SpeakResult | undefined } = { result: undefined };
    void speaks.speak(announcement, signal).then((result) => {
      said.result = result;
    });
    return said;
  };
  return { clock, panel, bus, device, reports, speaks, say };
}

describe('a voice over the board’s own sound', () => {
  it('plays a chime, says a call twice and in English, with pauses, at the volume of the hour', async () => {
    const { clock, panel, say, reports, speaks } = stand({
      english: true,
      gapMilliseconds: 1_000,
      volumeByHour: { '09:30-10:30': 25 },
    });
    await clock.advance(10);
    expect(speaks.readiness).toBe('ready');
    const said = say();
    await clock.advance(60_000);
    expect(said.result).toEqual({ result: 'confirmed' });
    expect(panel.heard.map(({ said: words }) => words)).toEqual([
      chimeWave().length,
      chinese,
      chinese,
      english,
    ]);
    expect(panel.heard.map(({ language }) => language)).toEqual([null, 'zh-CN', 'zh-CN', 'en']);
    expect(new Set(panel.heard.map(({ volumePercent }) => volumePercent))).toEqual(new Set([25]));
    const [, first, second] = panel.heard;
    const took = chinese.length * 200;
    expect(second!.atMilliseconds - first!.atMilliseconds).toBe(took + 1_000);
    expect(reports.shown.at(-1)).toEqual({ said: 1, speaking: false });
  });

  it('is unable while its card is away, and able again when it is back', async () => {
    const { clock, panel, say, speaks } = stand({}, false);
    await clock.advance(100);
    expect(speaks.readiness).toBe('unable');
    const early = say();
    await clock.advance(10);
    expect(early.result).toEqual({ result: 'failed', reason: 'bus.lost' });
    panel.plug();
    await clock.advance(20_000);
    expect(speaks.readiness).toBe('ready');
    const said = say();
    await clock.advance(3_000);
    panel.unplug();
    await clock.advance(100);
    expect(said.result).toEqual({ result: 'failed', reason: 'bus.lost' });
    expect(speaks.readiness).toBe('unable');
  });

  it('finds within seconds that an idle card was pulled', async () => {
    const { clock, panel, speaks } = stand();
    await clock.advance(10_000);
    panel.unplug();
    await clock.advance(6_000);
    expect(speaks.readiness).toBe('unable');
  });

  it('says that a sound hangs, tries with silence, and clears it by itself', async () => {
    const { clock, panel, say, speaks, reports } = stand({ chime: false });
    await clock.advance(100);
    panel.hang();
    const said = say();
    await clock.advance(20_000);
    expect(said.result).toEqual({ result: 'failed', reason: 'voice.stuck-busy' });
    expect(speaks.readiness).toBe('unable');
    expect(reports.standing.has('voice.stuck-busy')).toBe(true);
    await clock.advance(60_000);
    expect(reports.standing.has('voice.stuck-busy')).toBe(true);
    panel.hang(false);
    await clock.advance(30_000);
    expect(reports.faults).toEqual(['raised voice.stuck-busy', 'cleared voice.stuck-busy']);
    expect(speaks.readiness).toBe('ready');
    expect(panel.heard.at(-1)!.said).toBe(silentWave().length);
  });

  it('plays once more what failed once, and says so where it goes on failing', async () => {
    const { clock, panel, say, reports, speaks } = stand({ chime: false, repeat: 1 });
    await clock.advance(100);
    panel.fail(1);
    const first = say();
    await clock.advance(10_000);
    expect(first.result).toEqual({ result: 'confirmed' });
    panel.fail(2);
    const second = say();
    await clock.advance(5_000);
    expect(second.result).toEqual({ result: 'failed', reason: 'voice.refused' });
    expect(reports.standing.get('voice.refused')).toMatchObject({ code: 'audio.failed' });
    await clock.advance(30_000);
    expect(speaks.readiness).toBe('ready');
  });

  it('stops when it is taken back, and says what comes next', async () => {
    const { clock, panel, say } = stand({ chime: false, repeat: 1 });
    await clock.advance(100);
    const abort = new AbortController();
    const said = say(call, abort.signal);
    const next = say({ kind: 'text', text: 'next' });
    await clock.advance(1_000);
    abort.abort();
    await clock.advance(10);
    expect(said.result).toEqual({ result: 'failed', reason: 'cancelled' });
    await clock.advance(10_000);
    expect(next.result).toEqual({ result: 'confirmed' });
    expect(panel.heard.map(({ said: words, complete }) => [words, complete])).toEqual([
      [chinese, false],
      ['next', true],
    ]);
  });

  it('stops in the pause between two sentences, too', async () => {
    const { clock, panel, say } = stand({ chime: false, gapMilliseconds: 5_000 });
    await clock.advance(100);
    const abort = new AbortController();
    const said = say(call, abort.signal);
    await clock.advance(chinese.length * 200 + 1_000);
    abort.abort();
    await clock.advance(10);
    expect(said.result).toEqual({ result: 'failed', reason: 'cancelled' });
    expect(panel.heard).toHaveLength(1);
  });

  it('fails what it is asked once it is stopped', async () => {
    const { clock, device, say } = stand();
    await clock.advance(100);
    const said = say();
    await clock.advance(500);
    const stopping = device.stop();
    await clock.advance(1_000);
    await stopping;
    expect(said.result).toEqual({ result: 'failed', reason: 'device.disabled' });
    const late = say();
    await clock.advance(1);
    expect(late.result).toEqual({ result: 'failed', reason: 'device.disabled' });
  });
});

describe('the chime', () => {
  it('is a WAV file of 16-bit samples that begins and ends in silence and is never clipped', () => {
    const wave = chimeWave();
    const view = new DataView(wave.buffer);
    expect(new TextDecoder().decode(wave.subarray(0, 4))).toBe('RIFF');
    expect(view.getUint32(4, true)).toBe(wave.length - 8);
    expect(view.getUint32(40, true)).toBe(wave.length - 44);
    const samples = Array.from({ length: (wave.length - 44) / 2 }, (_, index) =>
      Math.abs(view.getInt16(44 + 2 * index, true)),
    );
    expect(samples[0]).toBe(0);
    expect(Math.max(...samples)).toBeGreaterThan(8_000);
    expect(Math.max(...samples)).toBeLessThan(32_767);
    expect(Math.max(...samples.slice(-100))).toBeLessThan(2_000);
  });
});
