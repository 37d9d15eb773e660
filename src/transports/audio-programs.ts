/**
 * Speech and sound by programs of the system: eSpeak NG makes a WAV stream of a text, `aplay` (alsa-utils) plays it.
 * No shell, and no text among the arguments: it goes in by standard input.
 */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../kernel/clock.js';
import { HallwardError } from '../kernel/errors.js';
import type { AudioOutput, Sound } from './ports-audio.js';
import { findTool, leaveTool, startTool, type Tool } from './tool-process.js';
import { scaledWave } from './wave-volume.js';

export interface AudioProgramsOptions {
  /** An ALSA device: `default`, `plughw:CARD=Device,DEV=0`. */
  readonly card: string;
  readonly program: 'espeak-ng';
  /** Where programs are looked for; this process' own `PATH` if absent. */
  readonly path?: string;
  /** The kernel's list of cards, which changes when one comes or goes. */
  readonly cards?: string;
}

const player = 'aplay';
const packages = { 'espeak-ng': 'espeak-ng', aplay: 'alsa-utils' } as const;
const mostCharacters = 2_000;
const complaintLimit = 1_000;
const probeMilliseconds = 5_000;
/** What was killed and still hangs in the kernel: so many, and nothing is started any more. */
const mostHung = 2;
/** Of this process' own environment: where the user's sound server is, if there is one. */
const passedOn = ['HOME', 'XDG_RUNTIME_DIR', 'PULSE_SERVER', 'ALSA_CONFIG_PATH'] as const;

/** The system's sound. Errors: `audio.unusable` (a package is missing), `audio.absent`, `audio.failed`. */
export function audioPrograms(options: AudioProgramsOptions, clock: Clock): AudioOutput {
  return new Programs(options, clock);
}

class Programs implements AudioOutput {
  readonly address: string;
  readonly #path: string;
  readonly #hung = new Set<Tool>();
  /** The kernel's cards when the card was found. */
  #cards: string | undefined;

  constructor(
    private readonly options: AudioProgramsOptions,
    private readonly clock: Clock,
  ) {
    this.address = `${options.program} on ALSA ${options.card}`;
    this.#path = options.path ?? process.env.PATH ?? '';
  }

  async probe(): Promise<void> {
    for (const tool of [this.options.program, player] as const) {
      if ((await findTool(tool, this.#path)) !== undefined) continue;
      const text = `speech needs ${tool}, which is not installed here: apt install espeak-ng alsa-utils`;
      throw new HallwardError('audio.unusable', 'absent', text, { package: packages[tool] });
    }
    this.#cards = await this.#listCards();
    const abort = new AbortController();
    const timer = this.clock.after(`${this.address}: probe ends`, probeMilliseconds, () => abort.abort());
    try {
      await this.#run(abort.signal, [{ tool: player, args: this.#playerArguments }], silence());
    } catch (error) {
      if (!abort.signal.aborted) throw error;
      throw absent(this.options.card, 'it does not come to the end of a short silence');
    } finally {
      timer.cancel();
    }
  }

  async present(): Promise<void> {
    if ((await this.#listCards()) !== this.#cards) throw absent(this.options.card, 'a card came or went');
  }

  async play({ content, volumePercent, wordsPerMinute }: Sound, signal: AbortSignal): Promise<void> {
    const playing = { tool: player, args: this.#playerArguments };
    if ('wave' in content) {
      await this.#run(signal, [playing], scaledWave(content.wave, volumePercent));
      return;
    }
    const args = [
      ...['-v', content.language === 'zh-CN' ? 'cmn' : 'en'],
      // 1 is UTF-8; the amplitude goes from 0 to 200.
      ...['-b', '1', '-a', String(Math.round(2 * volumePercent))],
      ...(wordsPerMinute === undefined ? [] : ['-s', String(Math.round(wordsPerMinute))]),
      ...['--stdin', '--stdout'],
    ];
    // Between double brackets the program expects its names of sounds.
    const plain = content.text.replace(/[\p{Cc}[\]]/gu, ' ');
    const text = [...plain].slice(0, mostCharacters).join('');
    await this.#run(signal, [{ tool: this.options.program, args }, playing], Buffer.from(`${text}\n`));
  }

  get #playerArguments(): string[] {
    return ['-q', '-D', this.options.card, '-t', 'wav', '-'];
  }

  async #listCards(): Promise<string> {
    try {
      return await readFile(this.options.cards ?? '/proc/asound/cards', 'utf8');
    } catch {
      return ''; // a kernel without sound
    }
  }

  /** Runs programs, each with the output of the one before; the first gets `input`. */
  #run(
    signal: AbortSignal,
    programs: readonly { readonly tool: string; readonly args: readonly string[] }[],
    input: Uint8Array,
  ): Promise<void> {
    if (this.#hung.size >= mostHung) {
      const text = `${this.address}: earlier programs hang in the system and cannot be ended`;
      return Promise.reject(new HallwardError('audio.failed', 'timeout', text, { hung: this.#hung.size }));
    }
    return new Promise((resolve, reject) => {
      let over = false;
      const running = new Set<Tool>();
      const finish = (error: HallwardError | undefined) => {
        if (over) return;
        over = true;
        signal.removeEventListener('abort', abort);
        for (const tool of running) this.#leave(tool);
        if (error === undefined) resolve();
        else reject(error);
      };
      // Told once the card is free again; whoever can't wait for that leaves it behind.
      const abort = () => {
        const gone = [...running].map(goneOf);
        for (const tool of running) this.#leave(tool);
        const error = new HallwardError('bus.cancelled', 'cancelled', `${this.address}: the sound was ended`);
        void Promise.all(gone).then(() => finish(error));
      };
      signal.addEventListener('abort', abort);
      const tools = programs.map(({ tool, args }) => ({ name: tool, tool: this.#start(tool, args) }));
      for (const { tool } of tools) running.add(tool);
      for (const [index, { name, tool }] of tools.entries()) {
        let complaint = '';
        tool.stderr.setEncoding('utf8').on('data', (text: string) => {
          complaint = (complaint + text).slice(-complaintLimit);
        });
        // Where the next one ends early, its own exit says why.
        tool.stdin.on('error', () => {});
        const next = tools[index + 1]?.tool;
        if (next === undefined) tool.stdout.resume();
        else tool.stdout.on('error', () => {}).pipe(next.stdin);
        tool.on('error', (error) => finish(unusable(name, error.message)));
        tool.on('close', (status, ended) => {
          running.delete(tool);
          if (signal.aborted) return;
          if (status !== 0) finish(this.#failure(name, complaint, status ?? ended ?? 'unknown'));
          else if (running.size === 0) finish(undefined);
        });
      }
      tools[0]?.tool.stdin.end(input);
      if (signal.aborted) abort();
    });
  }

  #start(tool: string, args: readonly string[]): Tool {
    const environment = Object.fromEntries(
      passedOn.flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
    return startTool(tool, args, this.#path, environment);
  }

  #leave(tool: Tool): void {
    if (isAlive(tool)) {
      this.#hung.add(tool);
      tool.once('exit', () => this.#hung.delete(tool));
    }
    leaveTool(tool);
  }

  #failure(name: string, complaint: string, status: number | string): HallwardError {
    const words = complaint.trim().split('\n').at(-1) ?? '';
    if (name === player && /open error/.test(complaint) && !/busy/i.test(complaint)) {
      return absent(this.options.card, words);
    }
    const text = /busy/i.test(complaint)
      ? `the sound card ${this.options.card} is in use by another program`
      : `${name} failed (${status})${words === '' ? '' : `: ${words}`}`;
    return new HallwardError('audio.failed', 'garbled', text, { program: name, status });
  }
}

const isAlive = (tool: Tool) => tool.pid !== undefined && tool.exitCode === null && tool.signalCode === null;

function goneOf(tool: Tool): Promise<void> {
  return new Promise((resolve) => {
    if (isAlive(tool)) tool.once('exit', () => resolve());
    else resolve();
  });
}

const absent = (card: string, why: string) =>
  new HallwardError('audio.absent', 'absent', `no sound card ${card}: ${why}`, { card });

const unusable = (tool: string, why: string) =>
  new HallwardError('audio.unusable', 'absent', `${tool} cannot be started: ${why}`, { tool });

/** A WAV file of 50 ms at 8 kHz, 16 bits, mono: opens the card, and nobody hears it. */
function silence(): Uint8Array {
  const samples = 400;
  const file = Buffer.alloc(44 + 2 * samples);
  file.write('RIFF', 0);
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(8_000, 24);
  file.writeUInt32LE(16_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(2 * samples, 40);
  return file;
}
