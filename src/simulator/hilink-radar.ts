/**
 * What Hi-Link's radar modules have in common on their wire: a report ten times a second, commands that are taken only
 * between FF (enter) and FE (leave), and a front panel.
 *
 * Source: Hi-Link, HLK-LD2410 serial communication protocol V1.00; HLK-LD2450 serial communication protocol V1.03: A3
 * restarts it, which ends the setting up, too. That reports stop between enter and leave is told by users and assumed
 * here; so is how long a restart takes (other drivers wait for a second).
 */
import type { Clock, Timer } from '../kernel/clock.js';
import type { FarEnd } from './far-end.js';
import { hexBytes } from './hex.js';

const reportEveryMilliseconds = 100;
const restartMilliseconds = 1_000;
/** Half a command that is followed by nothing is forgotten at the latest with so many bytes. */
const mostCommandBytes = 80;

/** What can be done to such a module. */
export interface RadarPanel {
  readonly power: { off(): void; on(): void };
  /** It runs, but nothing of it arrives (its TX is broken); `false` ends it. */
  mute(isMute?: boolean): void;
  /** It repeats its last report for ever, as a module does whose radar part hangs; `false` ends it. */
  freeze(isFrozen?: boolean): void;
  /** Bytes of nobody's on the wire, at once. */
  noise(bytes: Uint8Array): void;
  /** Commands that it took so far, by number: 0xFF, 0xA0. */
  readonly commands: readonly number[];
  /** Takes it off the wire: no timer and no listener is left. */
  close(): void;
}

/** What one model adds. */
interface RadarModel {
  /** The bytes of a report; `count` grows, so that live figures tremble. */
  report(count: number): Uint8Array;
  /** What follows the status in the acknowledge, in hex; `undefined` for a command that it refuses. */
  command(number: number, values: Uint8Array): string | undefined;
  /** It starts, by its power or by command. */
  starts?(): void;
}

export class RadarModule implements RadarPanel {
  readonly commands: number[] = [];
  readonly power = { off: () => this.#switch(false), on: () => this.#switch(true) };
  #timer: Timer | undefined;
  #received = Buffer.alloc(0);
  #last: Uint8Array | undefined;
  #count = 0;
  #isOn = false;
  #isMute = false;
  #isFrozen = false;
  #configuring = false;
  readonly #stopListening: () => void;

  constructor(
    private readonly farEnd: FarEnd,
    private readonly clock: Clock,
    private readonly name: string,
    private readonly model: RadarModel,
  ) {
    this.#stopListening = farEnd.onBytes((bytes) => this.#heard(bytes));
    this.#switch(true);
  }

  mute(isMute = true): void {
    this.#isMute = isMute;
  }

  freeze(isFrozen = true): void {
    this.#isFrozen = isFrozen;
  }

  noise(bytes: Uint8Array): void {
    this.farEnd.send(bytes);
  }

  close(): void {
    this.#switch(false);
    this.#stopListening();
  }

  #switch(isOn: boolean): void {
    // Also one that is just restarting.
    if (!isOn) this.#timer?.cancel();
    if (this.#isOn === isOn) return;
    this.#isOn = isOn;
    this.#configuring = false;
    this.#isFrozen = false;
    this.#received = Buffer.alloc(0);
    this.#timer?.cancel();
    if (!isOn) return;
    this.model.starts?.();
    this.#reportLater();
  }

  #restart(): void {
    this.#switch(false);
    this.#timer = this.clock.after(`simulated ${this.name} restarts`, restartMilliseconds, () =>
      this.#switch(true),
    );
  }

  #reportLater(): void {
    this.#timer = this.clock.after(`simulated ${this.name}`, reportEveryMilliseconds, () => {
      this.#reportLater();
      if (this.#configuring) return;
      if (!this.#isFrozen || this.#last === undefined) this.#last = this.model.report(this.#count++);
      this.#send(this.#last);
    });
  }

  #send(bytes: Uint8Array): void {
    if (!this.#isMute) this.farEnd.send(bytes);
  }

  #heard(bytes: Uint8Array): void {
    if (!this.#isOn) return;
    this.#received = Buffer.concat([this.#received, bytes]);
    for (;;) {
      const at = this.#received.indexOf('fdfcfbfa', 'hex');
      if (at === -1) {
        this.#received = this.#received.subarray(-3);
        return;
      }
      const rest = this.#received.subarray(at);
      const whole = rest.length < 6 ? Number.POSITIVE_INFINITY : 10 + rest.readUInt16LE(4);
      if (rest.length < whole) {
        this.#received = rest.length > mostCommandBytes ? rest.subarray(4) : rest;
        return;
      }
      this.#received = rest.subarray(whole);
      if (rest.subarray(whole - 4, whole).toString('hex') === '04030201') {
        this.#obey(rest.readUInt16LE(6), new Uint8Array(rest.subarray(8, whole - 4)));
      }
    }
  }

  #obey(number: number, values: Uint8Array): void {
    if (number !== 0xff && !this.#configuring) return;
    this.commands.push(number);
    if (number === 0xff) this.#configuring = true;
    const more = number === 0xff ? '01004000' : number === 0xfe ? '' : this.model.command(number, values);
    const status = more === undefined ? '0100' : '0000';
    const content = `${(number & 0xff).toString(16).padStart(2, '0')}01${status}${more ?? ''}`;
    const length = (content.length / 2).toString(16).padStart(2, '0');
    this.#send(hexBytes(`fdfcfbfa${length}00${content}04030201`));
    if (number === 0xfe) this.#configuring = false;
    if (number === 0xa3) this.#restart();
  }
}
