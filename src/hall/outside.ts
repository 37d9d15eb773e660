/**
 * What another system asks for: a hub with its own queue system, or the controller that leads the hall's calling. Boards,
 * voices and paper do as they are told here; words that are no number are free text, with an end.
 */
import type {
  Announcement,
  BoardOver,
  BoardView,
  FreePaper,
  HallCall,
  PrintResult,
  ShowResult,
  SpeakResult,
  TicketPaper,
} from '../devices/capabilities.js';
import type { Timer } from '../kernel/clock.js';
import { ticketNumberPattern } from '../protocols/hub/commands.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { Boards } from './boards.js';
import type { HallBoards } from './hall-boards.js';
import type { Invitations } from './invitations.js';
import type { HallChange, HallPorts } from './ports.js';
import type { PrintDesk } from './print-desk.js';
import { type BoardLook, type BoardOrder, ToldBoards } from './told-boards.js';
import type { VoiceDesk } from './voice-desk.js';

export interface OutsideOptions {
  readonly ports: HallPorts;
  readonly boards: Boards;
  readonly hallBoards: HallBoards;
  readonly voices: VoiceDesk;
  readonly prints: PrintDesk;
  readonly invitations: Invitations;
  /** Neither this controller leads nor another one whose hand it is: a hub does, and says each thing once. */
  readonly isLedByHub: () => boolean;
}

/** A free text that nobody gave an end stays no longer. */
export const standardTextMilliseconds = 15 * 60 * 1000;

/** What is asked of a board for a window, or of any board with a free text. */
export interface AskedText {
  readonly text: string;
  readonly look: BoardLook;
  /** How long a free text stays. */
  readonly milliseconds: number;
}

/** What is asked of a board for the whole hall. */
export interface AskedCalls {
  readonly calls: readonly HallCall[];
  readonly blink: boolean;
}

/** Words that are no ticket's number need the right to show free text. */
export function isFreeText(text: string): boolean {
  return text !== '' && !ticketNumberPattern.test(text);
}

export class Outside {
  readonly #timers = new Map<string, Timer>();
  readonly #told: ToldBoards;

  constructor(private readonly options: OutsideOptions) {
    this.#told = new ToldBoards(options.ports);
  }

  /**
   * Shows a number or a free text on one board (an empty text clears it), or the last calls on one for the whole hall.
   * `undefined`: no such board.
   * @returns what becomes of it, and, to be asked when it is answered, what to record so that the board shows it after a
   *   restart, too
   */
  order(
    device: string,
    asked: AskedText | AskedCalls,
  ): { readonly shown: Promise<ShowResult>; readonly change: () => HallChange } | undefined {
    const isNumber = this.options.boards.windowOf(device) !== undefined;
    const order: BoardOrder =
      'calls' in asked
        ? { is: 'calls', calls: [...asked.calls], blink: asked.blink }
        : isNumber && !isFreeText(asked.text)
          ? { is: 'view', text: asked.text, look: asked.look }
          : { is: 'words', ...asked };
    const shown = this.#obey(device, order);
    if (shown === undefined) return undefined;
    if (this.options.isLedByHub()) this.#told.tell(device, order);
    return { shown, change: () => this.#told.change(device) };
  }

  /** Somebody says over and over what this board shows: what it was told before counts no more. */
  forget(device: string): void {
    const change = this.#told.forgotten(device);
    if (change !== undefined) this.options.ports.commit(change);
  }

  /** Somebody else leads from now on: what a hub told the boards before must not come back when it leads again. */
  forgetAll(): void {
    const change = this.#told.allForgotten();
    if (change !== undefined) this.options.ports.commit(change);
  }

  /** A board has joined: what it was told stands there again. */
  remind(device: string): void {
    if (!this.options.isLedByHub()) return;
    for (const order of this.#told.standing(device)) void this.#obey(device, order);
  }

  #obey(device: string, order: BoardOrder): Promise<ShowResult> | undefined {
    const { boards, hallBoards, ports } = this.options;
    if (order.is === 'calls') return hallBoards.showOnly(device, order.calls, order.blink);
    const { text, look } = order;
    this.#timers.get(device)?.cancel();
    this.#timers.delete(device);
    if (order.is === 'view') return boards.showOnly(device, numberView(text, look));
    const over: BoardOver | null =
      text === '' ? null : { kind: 'text', text, ...(look.urgent ? { urgent: true } : {}) };
    const showing = boards.showText(device, over) ?? hallBoards.showText(device, over);
    if (showing !== undefined && over !== null) {
      const end = () => {
        this.#timers.delete(device);
        void (boards.showText(device, null) ?? hallBoards.showText(device, null));
      };
      this.#timers.set(device, ports.clock.after(`text on ${device}`, order.milliseconds, end));
    }
    return showing;
  }

  /** Shows one text on all window boards of this controller until they call somebody; `null` ends it. */
  showEverywhere(text: string | null): void {
    const { boards } = this.options;
    for (const { device } of boards.all)
      void boards.showText(device, text === null ? null : { kind: 'text', text });
  }

  /** Prints papers one after the other on the first printer that takes them all; resolves with its name. */
  async printSomewhere(papers: readonly FreePaper[]): Promise<string | null> {
    const { prints } = this.options;
    for (const { device } of prints.all.filter(({ able }) => able)) {
      let isPrinted = true;
      for (const paper of papers) {
        const printed = await prints.printFree(device, paper);
        isPrinted = printed !== undefined && printed.result !== 'failed';
        if (!isPrinted) break;
      }
      if (isPrinted) return device;
    }
    return null;
  }

  /** What was sent from outside for just one board counts no more. */
  takeBack(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.options.boards.takeBack();
    this.options.hallBoards.takeBack();
  }

  /**
   * Says a call on one voice, of which somebody else knows whether it is still wanted. Resolves when it was said, or
   * not. `undefined`: no such voice.
   */
  sayCall(call: Announcement & { readonly kind: 'call' }, device: string): Promise<SpeakResult> | undefined {
    let told: (result: SpeakResult) => void = () => {};
    const said = new Promise<SpeakResult>((resolve) => {
      told = resolve;
    });
    return this.options.voices.announce(call, device, (result) => told(result)) ? said : undefined;
  }

  /** Takes back what is being said and waits to be. */
  silence(): void {
    this.options.voices.silence();
  }

  /** Lights the lamps of a window that ask for a rating, or puts them out; whoever asks keeps the session. */
  invite(window: string, invited: boolean): void {
    this.options.invitations.show(window, invited);
  }

  /** Says words on one voice or all. False where there is none. */
  say(text: string, device?: string): boolean {
    return this.options.voices.announce({ kind: 'text', text }, device);
  }

  /** Prints on one printer; `undefined` where there is none of that name. */
  print(
    device: string,
    paper: { readonly lines: readonly string[]; readonly qr?: string } | TicketPaper,
  ): Promise<PrintResult> | undefined {
    return this.options.prints.printFree(device, paper);
  }

  /** The record of a free text: who had what shown where, until when. */
  textEvent(
    name: string,
    device: string | null,
    text: string,
    by: string | null,
    expiresAt: string | null,
  ): NewEvent {
    return {
      type: 'text.shown',
      subject: device ?? 'controller',
      data: { name, device, text, by, expiresAt },
    };
  }

  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
  }
}

function numberView(text: string, { priority, blink, paused, closed, business }: BoardLook): BoardView {
  const words = business === undefined || business === '' ? {} : { business };
  const state = paused ? 'paused' : closed ? 'closed' : text === '' ? 'open' : 'serving';
  if (text === '') return { ticket: null, number: null, state, ...words };
  return {
    ticket: null,
    number: text,
    state,
    ...words,
    ...(priority ? { priority: true } : {}),
    ...(blink ? { blink: true } : {}),
  };
}
