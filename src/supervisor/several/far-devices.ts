/**
 * Devices of a hand as the hall knows its own: by what they can do. Each turns what it is asked into commands to the
 * controller that has the device, and says what that one answers.
 */
import type {
  Announcement,
  FreePaper,
  InvitesRating,
  PrinterReadiness,
  PrintResult,
  PrintsTickets,
  SpeakResult,
  Speaks,
  TicketPaper,
} from '../../devices/capabilities.js';
import type { Clock, Timer } from '../../kernel/clock.js';
import { Listeners } from '../../kernel/listeners.js';
import type { Answer } from './requests.js';

/** The way to the controller that has the device. */
export interface FarEnd {
  readonly clock: Clock;
  /** It answers and takes orders now. */
  readonly isReady: boolean;
  ask(name: string, args: object, timeoutMilliseconds: number): Promise<Answer>;
}

/** A device of a hand, brought up to date when the hand is back. */
export interface FarDevice {
  /** The hand takes orders (again), or has started anew: what it was told before may be forgotten. */
  returned(): void;
  /** Its state was said anew. */
  said?(readiness: PrinterReadiness): void;
  stop(): void;
}

export const showMilliseconds = 2_000;
/** What a board did not take is tried again as long as it is wanted. */
export const repaintMilliseconds = 3_000;
/** The longest announcement with chime and repetitions, and what waits before it. */
const speakMilliseconds = 90_000;
/** Paper may wait behind other paper. */
const printMilliseconds = 60_000;

export class FarVoice implements Speaks, FarDevice {
  readonly #ready = new Readiness();

  constructor(
    private readonly far: FarEnd,
    private readonly device: string,
    readonly windows: readonly string[] | null,
  ) {}

  get readiness(): PrinterReadiness {
    return this.far.isReady ? this.#ready.now : 'unable';
  }

  onReadiness(listener: () => void): () => void {
    return this.#ready.changed.add(listener);
  }

  async speak(announcement: Announcement, signal?: AbortSignal): Promise<SpeakResult> {
    if (!this.far.isReady) return { result: 'failed', reason: 'hand.away' };
    const { device } = this;
    if (announcement.kind === 'text') {
      const answer = await this.far.ask('say', { device, text: announcement.text }, showMilliseconds);
      // Said behind what waits there; the hand does not say when.
      return answer.ok ? { result: 'sent' } : { result: 'failed', reason: answer.code };
    }
    const { kind: _kind, ...call } = announcement;
    const silence = () =>
      void this.far.ask('say', { device, silence: true, passing: true }, showMilliseconds);
    signal?.addEventListener('abort', silence, { once: true });
    const answer = await this.far.ask('say', { device, call, passing: true }, speakMilliseconds);
    signal?.removeEventListener('abort', silence);
    if (!answer.ok) return { result: 'failed', reason: answer.code };
    return { result: answer.result.said === 'confirmed' ? 'confirmed' : 'sent' };
  }

  returned(): void {
    this.#ready.changed.tell();
  }

  said(readiness: PrinterReadiness): void {
    this.#ready.set(readiness);
  }

  stop(): void {}
}

export class FarPrinter implements PrintsTickets, FarDevice {
  readonly #ready = new Readiness();

  constructor(
    private readonly far: FarEnd,
    private readonly device: string,
    readonly place: string | null,
  ) {}

  get readiness(): PrinterReadiness {
    return this.far.isReady ? this.#ready.now : 'unable';
  }

  onReadiness(listener: () => void): () => void {
    return this.#ready.changed.add(listener);
  }

  async print(paper: TicketPaper | FreePaper): Promise<PrintResult> {
    if (!this.far.isReady) return { result: 'failed', reason: 'hand.away', begun: false };
    const { device } = this;
    const args = 'ticket' in paper ? { device, ticket: ticketOf(paper) } : { device, ...paper };
    const answer = await this.far.ask('ticket.print', args, printMilliseconds);
    if (answer.ok) return { result: answer.result.printed === 'confirmed' ? 'confirmed' : 'sent' };
    const begun = answer.sent && !certainlyUnprinted.has(answer.code);
    return { result: 'failed', reason: answer.code, ...(begun ? {} : { begun: false }) };
  }

  returned(): void {
    this.#ready.changed.tell();
  }

  said(readiness: PrinterReadiness): void {
    this.#ready.set(readiness);
  }

  stop(): void {}
}

/** Answers after which nothing of it can be on paper. */
const certainlyUnprinted = new Set([
  'printer.not-begun',
  'device.unknown',
  'arguments.invalid',
  'hand.manual',
]);

/** What a ticket says, without what the print desk keeps beside it. */
function ticketOf(paper: TicketPaper): TicketPaper {
  const { ticket, number, matter, priority, ahead, waitMinutes, qr, issuedAt, copy } = paper;
  return {
    ticket,
    number,
    matter,
    priority,
    ahead,
    issuedAt,
    copy,
    ...(waitMinutes === undefined ? {} : { waitMinutes }),
    ...(qr === undefined ? {} : { qr }),
  };
}

export class FarLamp implements InvitesRating, FarDevice {
  #invited = false;
  #retry: Timer | undefined;
  #asking = false;

  constructor(
    private readonly far: FarEnd,
    readonly window: string,
  ) {}

  invite(invited: boolean): void {
    if (this.#invited === invited) return;
    this.#invited = invited;
    void this.#tell();
  }

  returned(): void {
    void this.#tell();
  }

  stop(): void {
    this.#retry?.cancel();
  }

  async #tell(): Promise<void> {
    if (this.#asking || !this.far.isReady) return;
    this.#retry?.cancel();
    this.#asking = true;
    const invited = this.#invited;
    const how = invited ? { forward: true } : { end: true };
    const args = { window: this.window, ...how, passing: true };
    const answer = await this.far.ask('rating.invite', args, showMilliseconds);
    this.#asking = false;
    if (this.#invited !== invited) void this.#tell();
    else if (!answer.ok) {
      this.#retry = this.far.clock.after(
        'light a far lamp again',
        repaintMilliseconds,
        () => void this.#tell(),
      );
    }
  }
}

/** Whether a device can do its work, as its own controller says. */
class Readiness {
  now: PrinterReadiness = 'unknown';
  readonly changed = new Listeners<[]>();

  set(readiness: PrinterReadiness): void {
    if (this.now === readiness) return;
    this.now = readiness;
    this.changed.tell();
  }
}
