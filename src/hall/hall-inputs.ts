/** Buttons and contacts that are nobody's window: tickets, help, blanking, the fire alarm. */
import type { Decision } from '../calling/decision.js';
import type { HallInput } from '../devices/capabilities.js';
import type { Timer } from '../kernel/clock.js';
import type { Language } from '../kernel/text.js';
import type { CallingDesk } from './calling-desk.js';
import type { Cover } from './cover.js';
import type { HallPorts } from './ports.js';
import type { PrintDesk } from './print-desk.js';

export interface HallInputsOptions {
  readonly ports: HallPorts;
  readonly cover: Cover;
  readonly prints: PrintDesk;
  /** The calling, where this controller leads it. */
  readonly desk: () => CallingDesk | undefined;
  readonly language: () => Language;
  readonly labelOf: (device: string) => string;
  /** Says words to whoever pressed. */
  readonly say: (text: string) => void;
  /** True, and logged, for what was pressed too long ago to be acted on. */
  readonly isStale: (device: string, atMilliseconds: number, what: string) => boolean;
}

/** Who asked for help was helped by then, or has gone. */
const helpMilliseconds = 10 * 60 * 1000;

export class HallInputs {
  readonly #helps = new Map<string, Timer>();

  constructor(private readonly options: HallInputsOptions) {}

  /** Connects an input. Returns the function that takes it away. */
  add(device: string, input: HallInput): () => void {
    const stop = input.onChange((active, at) => this.#changed(device, input, active, at));
    return () => {
      stop();
      if (input.does === 'fire') this.options.cover.fire(device, false);
      if (this.#helps.has(device)) this.#help(device, false);
    };
  }

  stop(): void {
    for (const timer of this.#helps.values()) timer.cancel();
  }

  /** Somebody asks for help at a device, or was helped. What nobody ends, ends by itself after ten minutes. */
  #help(device: string, wanted: boolean): void {
    const { ports } = this.options;
    this.#helps.get(device)?.cancel();
    this.#helps.delete(device);
    if (!wanted) {
      ports.clear(device, 'hall.help-wanted');
      return;
    }
    ports.raise({ device, code: 'hall.help-wanted' });
    const end = ports.clock.after(`help ${device}`, helpMilliseconds, () => this.#help(device, false));
    this.#helps.set(device, end);
  }

  #changed(device: string, input: HallInput, active: boolean, atMilliseconds: number): void {
    const { cover, ports, isStale } = this.options;
    if (input.does === 'fire') {
      cover.fire(device, active);
      return;
    }
    if (!active || isStale(device, atMilliseconds, input.does)) return;
    if (input.does === 'help') {
      this.#help(device, true);
    } else if (input.does === 'blank') {
      const { change, afterSync } = cover.blank(!cover.isBlank, device);
      void ports.commit(change).synced.then(afterSync);
    } else {
      this.ticket(device, input);
    }
  }

  /** Somebody presses for a ticket: given out here, or told to whoever leads. */
  ticket(device: string, { queue, priority, place }: Pick<HallInput, 'queue' | 'priority' | 'place'>): void {
    const { ports, desk: findDesk, language, say } = this.options;
    const desk = findDesk();
    if (desk === undefined) {
      const data = {
        device,
        window: null,
        key: `ticket ${queue ?? ''}`.trim(),
        ...(priority ? { priority } : {}),
        ...(place === null ? {} : { place }),
      };
      ports.commit({ events: [{ type: 'key.pressed', subject: device, data }] });
      return;
    }
    const at = place ?? device;
    const { decision, change, afterSync, printer } = desk.issue(
      { type: 'ticket.issue', device, queue: queue ?? '', priority },
      at,
    );
    void ports.commit(change).synced.then(() => {
      afterSync();
      const text = this.#words(decision, printer, at);
      if (text !== undefined) say(text);
    });
    const { refusal } = decision;
    if (refusal !== undefined)
      ports.log.info({ device, queue, code: refusal.code }, refusal.message[language()]);
  }

  /** What whoever pressed must hear, where no paper comes out for them; `undefined` where it does. */
  #words({ issued, refusal }: Decision, printer: string | null, at: string): string | undefined {
    const { prints, labelOf, language } = this.options;
    const chinese = language() === 'zh-CN';
    if (refusal !== undefined) return refusal.message[language()];
    if (issued === undefined) return undefined;
    if (printer === null) {
      const { number } = issued;
      return chinese ? `您的号码是${number}，请记下` : `Your number is ${number}, please note it`;
    }
    // Where no printer stands near the button, people know where theirs is.
    if (prints.isNear(printer, at) || !prints.hasNear(at)) return undefined;
    const label = labelOf(printer);
    return chinese ? `请到${label}取票` : `Please take your ticket at ${label}`;
  }
}
