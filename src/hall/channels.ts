/** Watches what works and what doesn't, and lets others carry on: the ladder's eyes and hands. */
import { rfc3339 } from '../kernel/clock.js';
import type { Text } from '../kernel/text.js';
import type { Boards } from './boards.js';
import type { HallBoards } from './hall-boards.js';
import { type Carrier, type Channel, Ladder } from './ladder.js';
import type { HallPorts } from './ports.js';
import type { PrintDesk } from './print-desk.js';
import type { ScreenTrouble } from './screen.js';
import type { VoiceDesk } from './voice-desk.js';

export interface ChannelsOptions {
  readonly ports: HallPorts;
  readonly labelOf: (device: string) => string;
  readonly boards: Boards;
  readonly hallBoards: HallBoards;
  readonly voices: VoiceDesk;
  readonly prints: PrintDesk;
  /** Another controller leads this one as its hand, and sees to what fails. */
  readonly isLookedAfter: () => boolean;
  /** Told when something is down, or back. */
  readonly changed: () => void;
}

const voiceLabel: Text = { 'zh-CN': '语音', en: 'the voice' };
const boardsLabel: Text = { 'zh-CN': '窗口屏', en: 'the window boards' };

export class Channels {
  readonly #failed = new Set<string>();
  readonly #displays = new Set<string>();
  readonly #ladder: Ladder;
  #downWindows: ReadonlySet<string> = new Set();

  constructor(private readonly options: ChannelsOptions) {
    this.#ladder = new Ladder(options.ports);
  }

  /** A page for the whole hall joins. Returns the function that takes it away. */
  addDisplay(device: string): () => void {
    this.#displays.add(device);
    return () => void this.#displays.delete(device);
  }

  deviceFailed(device: string, failed: boolean): void {
    if (this.#failed.has(device) === failed) return;
    if (failed) this.#failed.add(device);
    else this.#failed.delete(device);
    this.look();
  }

  /** All boards of a window are dead. */
  isBoardDown(window: string): boolean {
    return this.#downWindows.has(window);
  }

  /** What people should do instead of what does not work. */
  get troubles(): readonly ScreenTrouble[] {
    const { prints, labelOf } = this.options;
    const able = prints.all.find((printer) => printer.able && !this.#failed.has(printer.device));
    return this.#ladder.down
      .filter(({ channel }) => channel === 'printer')
      .map(({ at }) => ({
        at: prints.all.find(({ device }) => device === at)?.place ?? at,
        text: ticketText(able === undefined ? undefined : labelOf(able.device)),
      }));
  }

  /** Tells others what is down now. */
  publish(): void {
    const { ports } = this.options;
    ports.publishChannels({ down: this.#ladder.state, at: rfc3339(ports.clock.wallMilliseconds()) });
  }

  /** Looks at everything anew. */
  look(): void {
    const { boards, hallBoards, voices } = this.options;
    const told = this.#ladder.look(this.options.isLookedAfter() ? [] : this.#channels());
    if (told === undefined) return;
    void told.then(() => this.publish());
    const down = this.#ladder.down;
    this.#downWindows = new Set(down.filter(({ channel }) => channel === 'board').map(({ at }) => at));
    const silent = down.some(({ channel }) => channel === 'voice') && voices.able.length === 0;
    boards.blink(silent);
    hallBoards.blink(silent);
    this.options.changed();
  }

  #channels(): Channel[] {
    const { boards, hallBoards, voices, prints, labelOf } = this.options;
    const works = (device: string) => !this.#failed.has(device);
    const named = (device: string): Carrier => {
      const label = labelOf(device);
      return { name: device, label: { 'zh-CN': label, en: label } };
    };
    const speaking = voices.able.filter(works);
    const voice: Carrier[] = speaking.length > 0 ? [{ name: 'voice', label: voiceLabel }] : [];
    const displays = [...this.#displays, ...hallBoards.all];
    const display = displays.filter(works).map(named);
    const windows = new Map<string, string[]>();
    for (const { device, window } of boards.all) {
      windows.set(window, [...(windows.get(window) ?? []), device]);
    }
    const isLit = [...windows.values()].some((devices) => devices.some(works));
    const board: Carrier[] = isLit ? [{ name: 'boards', label: boardsLabel }] : [];
    const printers = prints.all.filter(({ able, device }) => able && works(device));
    const channels: Channel[] = [];
    for (const [window, devices] of windows) {
      const down = !devices.some(works);
      const label = named(devices.map(labelOf).join('、')).label;
      channels.push({ channel: 'board', at: window, label, down, carriedBy: [...voice, ...display] });
    }
    if (voices.hasVoices) {
      const down = speaking.length === 0;
      const carriedBy = [...board, ...display];
      channels.push({ channel: 'voice', at: 'hall', label: voiceLabel, down, carriedBy });
    }
    for (const { device, able } of prints.all) {
      const down = !able || !works(device);
      const carriedBy = printers.map((printer) => named(printer.device));
      channels.push({ channel: 'printer', at: device, label: named(device).label, down, carriedBy });
    }
    for (const device of displays) {
      const carriedBy = [...board, ...voice, ...display.filter(({ name }) => name !== device)];
      const down = !works(device);
      channels.push({ channel: 'display', at: device, label: named(device).label, down, carriedBy });
    }
    return channels;
  }
}

function ticketText(printer: string | undefined): Text {
  return printer === undefined
    ? {
        'zh-CN': '暂时不能出票，请记下屏幕上的号码',
        en: 'No paper now: please note the number on the screen',
      }
    : { 'zh-CN': `请到${printer}取票`, en: `Please take your ticket at ${printer}` };
}
