/** The real programs, on ALSA's null device; where they are not installed, that is said. And programs that go wrong. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chimeWave } from '../../src/devices/chime.js';
import { systemClock } from '../../src/kernel/clock.js';
import { audioBus } from '../../src/transports/audio-bus.js';
import { audioPrograms } from '../../src/transports/audio-programs.js';
import type { Sound } from '../../src/transports/ports-audio.js';

const clock = systemClock();
const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const real = has('espeak-ng') && has('aplay');
const never = () => new AbortController().signal;
const words = (text: string, language: 'zh-CN' | 'en' = 'zh-CN', volumePercent = 80): Sound => ({
  content: { text, language },
  volumePercent,
});

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hallward-audio-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!real)('espeak-ng and aplay (skipped where they are not installed)', () => {
  const output = () => audioPrograms({ card: 'null', program: 'espeak-ng' }, clock);

  it('are found, speak both languages and play the chime', async () => {
    const sound = output();
    await sound.probe();
    await sound.present?.();
    await sound.play(words('请A零二三号到十二号窗口办理'), never());
    await sound.play({ ...words('Ticket A zero two three', 'en'), wordsPerMinute: 120 }, never());
    await sound.play({ content: { wave: chimeWave() }, volumePercent: 30 }, never());
  });

  it('take a text for nothing but a text', async () => {
    for (const text of ['--version', '-w /tmp/x', '$(touch x)', '[[', '', '<mark/>', '\u0000']) {
      await output().play(words(text, 'en'), never());
    }
  });

  it('say that there is no such card', async () => {
    const sound = audioPrograms({ card: 'nosuchcard', program: 'espeak-ng' }, clock);
    await expect(sound.probe()).rejects.toMatchObject({ code: 'audio.absent', kind: 'absent' });
    await expect(sound.play(words('x'), never())).rejects.toMatchObject({ code: 'audio.absent' });
  });

  it('make a wave of a text whose loudness follows the volume', async () => {
    // What would be played goes into a file instead.
    program('aplay', 'cat > "$0.wav"');
    program('espeak-ng', 'exec /usr/bin/espeak-ng "$@"');
    const sound = audioPrograms({ card: 'null', program: 'espeak-ng', path: path() }, clock);
    const loudest = async (volumePercent: number) => {
      await sound.play(words('请到十二号窗口', 'zh-CN', volumePercent), never());
      const wave = readFileSync(join(folder, 'aplay.wav'));
      let peak = 0;
      for (let at = 44; at + 2 <= wave.length; at += 2) peak = Math.max(peak, Math.abs(wave.readInt16LE(at)));
      return peak;
    };
    const quiet = await loudest(10);
    expect(quiet).toBeGreaterThan(100);
    expect(await loudest(80)).toBeGreaterThan(3 * quiet);
  });
});

const path = () => `${folder}:/usr/bin:/bin`;

/** A program that goes wrong, in place of the real one. */
function program(name: 'espeak-ng' | 'aplay', script: string): void {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}
const withPrograms = () =>
  audioPrograms({ card: 'null', program: 'espeak-ng', path: path(), cards: join(folder, 'cards') }, clock);

describe('programs that go wrong', () => {
  it('are missed with the command that installs them', async () => {
    const sound = audioPrograms({ card: 'null', program: 'espeak-ng', path: folder }, clock);
    await expect(sound.probe()).rejects.toMatchObject({
      code: 'audio.unusable',
      message: expect.stringContaining('espeak-ng, which is not installed here: apt install'),
    });
    program('espeak-ng', 'true');
    await expect(sound.probe()).rejects.toMatchObject({
      message: expect.stringContaining('aplay, which is not installed here'),
    });
  });

  it('get the text by standard input and none of it as an argument', async () => {
    program('espeak-ng', 'echo "$@" > "$0.arguments"; cat > "$0.text"; echo wave');
    program('aplay', 'cat > "$0.wave"');
    await withPrograms().play({ ...words('-w 请; rm [[x]]\n', 'zh-CN', 50), wordsPerMinute: 140 }, never());
    expect(readFileSync(join(folder, 'espeak-ng.text'), 'utf8').trim()).toBe('-w 请; rm   x');
    expect(readFileSync(join(folder, 'espeak-ng.arguments'), 'utf8').trim()).toBe(
      '-v cmn -b 1 -a 100 -s 140 --stdin --stdout',
    );
    expect(readFileSync(join(folder, 'aplay.wave'), 'utf8')).toBe('wave\n');
  });

  it('are told apart: no card, a card in use, anything else', async () => {
    program('espeak-ng', 'cat > /dev/null; echo wave');
    const playing = () => withPrograms().play(words('x'), never());
    program('aplay', 'echo "aplay: main:831: audio open error: No such file or directory" >&2; exit 1');
    await expect(playing()).rejects.toMatchObject({ code: 'audio.absent' });
    program('aplay', 'echo "aplay: main:831: audio open error: Device or resource busy" >&2; exit 1');
    await expect(playing()).rejects.toMatchObject({
      code: 'audio.failed',
      message: expect.stringContaining('is in use by another program'),
    });
    program('aplay', 'cat > /dev/null; kill -SEGV $$');
    await expect(playing()).rejects.toMatchObject({ code: 'audio.failed' });
    program('aplay', 'cat > /dev/null');
    program('espeak-ng', 'echo "no voice" >&2; exit 1');
    await expect(playing()).rejects.toMatchObject({
      code: 'audio.failed',
      message: expect.stringContaining('no voice'),
    });
  });

  it('are ended by the signal, and gone when that is told', async () => {
    program('espeak-ng', 'cat > /dev/null; exec yes');
    program('aplay', 'echo $$ > "$0.pid"; exec cat > /dev/null');
    const abort = new AbortController();
    const playing = withPrograms().play(words('x'), abort.signal);
    await expect.poll(() => existsSync(join(folder, 'aplay.pid'))).toBe(true);
    abort.abort();
    await expect(playing).rejects.toMatchObject({ code: 'bus.cancelled' });
    const pid = readFileSync(join(folder, 'aplay.pid'), 'utf8').trim();
    if (pid !== '') expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
  });

  it('do not flood us with their complaints, and are heard with their last words', async () => {
    program('espeak-ng', 'cat > /dev/null; echo wave');
    program(
      'aplay',
      'cat > /dev/null; head -c 3000000 /dev/zero | tr "\\0" x >&2; echo >&2; echo end >&2; exit 3',
    );
    await expect(withPrograms().play(words('x'), never())).rejects.toMatchObject({
      message: 'aplay failed (3): end',
    });
  });

  it('are looked at again when a card came or went', async () => {
    program('espeak-ng', 'true');
    program('aplay', 'cat > /dev/null');
    writeFileSync(join(folder, 'cards'), ' 0 [Device]: USB-Audio\n');
    const sound = withPrograms();
    await sound.probe();
    await sound.present?.();
    writeFileSync(join(folder, 'cards'), '');
    await expect(sound.present?.()).rejects.toMatchObject({ code: 'audio.absent' });
  });

  it('make a bus lost with a word about what to do', async () => {
    const bus = audioBus(
      'sound',
      audioPrograms({ card: 'x', program: 'espeak-ng', path: folder }, clock),
      clock,
    );
    await expect.poll(() => bus.state).toBe('lost');
    expect(bus.lostBecause?.message).toContain('apt install');
    await bus.close();
  });
});
