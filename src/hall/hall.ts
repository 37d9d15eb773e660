/** Where devices and calling meet: presses come in, boards go out, with or without a calling of our own. */
import type { CallingSettings } from '../calling/settings.js';
import type { CallerKey, Capabilities, Press } from '../devices/capabilities.js';
import { Boards } from './boards.js';
import { CallingDesk } from './calling-desk.js';
import { Invitations } from './invitations.js';
import type { HallPorts } from './ports.js';
import { PrintDesk } from './print-desk.js';

/** A press older than this is never acted on: whoever pressed has gone on. */
const stalePressMilliseconds = 5_000;

export class Hall {
  readonly #boards = new Boards();
  readonly #invitations = new Invitations();
  readonly #prints: PrintDesk;
  #desk: CallingDesk | undefined;

  constructor(private readonly ports: HallPorts) {
    this.#prints = new PrintDesk(ports, (ticket) => this.#desk?.waits(ticket) ?? false);
  }

  /** The calling, if this controller leads it. */
  get desk(): CallingDesk | undefined {
    return this.#desk;
  }

  /** Leads the calling by these settings from now on, or not at all. */
  useCalling(settings: CallingSettings | undefined): void {
    this.#desk?.stop(settings);
    const equipment = { boards: this.#boards, invitations: this.#invitations, prints: this.#prints };
    this.#desk = settings === undefined ? undefined : new CallingDesk(settings, equipment, this.ports);
    this.#desk?.start();
    if (this.#desk !== undefined) this.#prints.start();
  }

  /** Connects what a device can do. Returns the function that undoes it. */
  attach(device: string, capabilities: Capabilities): () => void {
    const undo: (() => void)[] = [];
    const { showsTicket, presses, printsTickets, invitesRating } = capabilities;
    if (showsTicket !== undefined) undo.push(this.#boards.add(device, showsTicket));
    if (presses !== undefined) {
      undo.push(presses.onPress((press) => this.#pressed(press, presses.purpose)));
    }
    if (printsTickets !== undefined) undo.push(this.#prints.add(device, printsTickets));
    if (invitesRating !== undefined) undo.push(this.#invitations.add(invitesRating));
    return () => {
      for (const one of undo) one();
    };
  }

  stop(): void {
    this.#desk?.stop(this.#desk.settings);
    this.#prints.stop();
  }

  #pressed(press: Press, purpose: 'call' | 'rate'): void {
    const { device, window, key, atMilliseconds } = press;
    if (this.ports.clock.monotonicMilliseconds() - atMilliseconds > stalePressMilliseconds) {
      this.ports.log.warn({ device, window, key }, 'a press older than 5 s is not acted on');
      return;
    }
    if (this.#desk === undefined) {
      const data = { device, window: window === '' ? null : window, key };
      this.ports.commit({ events: [{ type: 'key.pressed', subject: device, data }] });
    } else if (purpose === 'call') {
      this.#call(this.#desk, press);
    } else {
      this.#rate(this.#desk, press);
    }
  }

  #call(desk: CallingDesk, { device, window, key, atMilliseconds }: Press): void {
    const { refusal } = desk.act({ type: key as CallerKey, window, device }, atMilliseconds);
    if (refusal !== undefined)
      this.ports.log.info({ device, window, key, code: refusal.code }, refusal.message.en);
  }

  #rate(desk: CallingDesk, { device, window, key, atMilliseconds }: Press): void {
    const decision = desk.act(
      { type: 'rate', window, device, level: Number(key), channel: 'key' },
      atMilliseconds,
    );
    if (decision.unmapped === true) this.ports.unmapped(device, window);
    else if (decision.events.some((event) => event.type === 'rating.submitted')) this.ports.mapped(device);
    if (decision.ignored !== undefined) {
      this.ports.log.debug({ device, window, key, why: decision.ignored }, 'a rating was ignored');
    }
  }
}
