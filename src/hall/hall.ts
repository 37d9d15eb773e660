/** Where devices and calling meet: presses come in, boards, voices, paper and pages go out. */
import type { CallerKey, Capabilities, HallInput, Press } from '../devices/capabilities.js';
import { hallActions } from './actions.js';
import { Boards } from './boards.js';
import { CallingDesk } from './calling-desk.js';
import { Channels } from './channels.js';
import { Cover } from './cover.js';
import { HallBoards } from './hall-boards.js';
import { HallInputs } from './hall-inputs.js';
import { Invitations } from './invitations.js';
import { Notices } from './notices.js';
import { Outside } from './outside.js';
import { Picture } from './picture.js';
import type { HallPorts } from './ports.js';
import { PressAge } from './press-age.js';
import { PrintDesk } from './print-desk.js';
import type { HallActions, ScreenFeed } from './screen.js';
import { type HallSettings, isLedByHub } from './settings.js';
import { Signs } from './signs.js';
import { VoiceDesk } from './voice-desk.js';
import { WaitingRoom } from './waiting-room.js';

/** What people call a device. */
type LabelOf = (device: string) => string;

export class Hall {
  readonly #boards = new Boards();
  readonly #hallBoards = new HallBoards();
  readonly #invitations = new Invitations();
  readonly #prints: PrintDesk;
  readonly #voices: VoiceDesk;
  readonly #cover: Cover;
  readonly #notices: Notices;
  readonly #channels: Channels;
  readonly #picture: Picture;
  readonly #inputs: HallInputs;
  readonly #room: WaitingRoom;
  readonly #age: PressAge;
  #desk: CallingDesk | undefined;
  /** What pages may ask. */
  readonly actions: HallActions;
  /** What another system that leads the calling may ask. */
  readonly outside: Outside;
  /** What a person sees or hears who looks whether a device works. */
  readonly signs: Signs;

  constructor(
    private readonly ports: HallPorts,
    labelOf: LabelOf = (device) => device,
  ) {
    this.#prints = new PrintDesk(
      ports,
      (ticket) => this.#desk?.waits(ticket) ?? false,
      () => this.#channels.look(),
    );
    this.#voices = new VoiceDesk({
      clock: ports.clock,
      isCurrent: (ticket, window) => this.#desk?.isCurrent(ticket, window) ?? false,
      changed: () => this.#channels.look(),
      spoken: (device, announcement, { result, reason }, after) => {
        if (announcement.kind !== 'call') return;
        const afterMilliseconds = result === 'failed' ? null : after;
        const told = reason === undefined ? {} : { reason };
        const data = { ticket: announcement.ticket, device, result, afterMilliseconds, ...told };
        ports.commit({ events: [{ type: 'ticket.announced', subject: device, data }] });
      },
    });
    this.#cover = new Cover(ports, () => this.#covered());
    this.#notices = new Notices(ports, () => this.#noticed());
    this.#channels = new Channels({
      ports,
      labelOf,
      boards: this.#boards,
      hallBoards: this.#hallBoards,
      voices: this.#voices,
      prints: this.#prints,
      isLookedAfter: () => this.#desk?.settings.follows !== undefined,
      changed: () => this.#picture.changed(),
    });
    this.#picture = new Picture({
      clock: ports.clock,
      boot: ports.boot,
      desk: () => this.#desk,
      notices: () => this.#notices.now,
      troubles: () => this.#channels.troubles,
      over: () => this.#cover.over(this.#language),
    });
    this.actions = hallActions({
      ports,
      desk: () => (this.#desk?.settings.leads ? this.#desk : undefined),
      ratings: () => this.#desk,
      prints: this.#prints,
      labelOf,
      rated: (device, window, unmapped) => this.#rated(device, window, unmapped),
    });
    this.#inputs = new HallInputs({
      ports,
      cover: this.#cover,
      prints: this.#prints,
      desk: () => this.desk,
      language: () => this.#language,
      labelOf,
      say: (text) => void this.#voices.announce({ kind: 'text', text }),
      isStale: (device, at, what) => this.#age.isStale(device, at, what),
    });
    this.#age = new PressAge(ports);
    this.#room = new WaitingRoom({ ports, served: () => this.#desk?.served ?? 0 });
    this.outside = new Outside({
      ports,
      boards: this.#boards,
      hallBoards: this.#hallBoards,
      voices: this.#voices,
      prints: this.#prints,
      invitations: this.#invitations,
      isLedByHub: () => isLedByHub(this.#desk?.settings),
    });
    this.signs = new Signs({
      boards: this.#boards,
      hallBoards: this.#hallBoards,
      voices: this.#voices,
      prints: this.#prints,
      invitations: this.#invitations,
      cover: this.#cover,
      desk: () => this.#desk,
    });
  }

  /** The calling, if this controller leads it. */
  get desk(): CallingDesk | undefined {
    return this.#desk?.settings.leads ? this.#desk : undefined;
  }

  /** Where ratings are taken, whoever leads the calling. */
  get ratings(): CallingDesk | undefined {
    return this.#desk;
  }

  /** What pages show. */
  get screen(): ScreenFeed {
    return this.#picture;
  }

  get notices(): Notices {
    return this.#notices;
  }

  /** Somebody pressed for a ticket at another board of the hall. */
  ticketButton(device: string, button: Pick<HallInput, 'queue' | 'priority' | 'place'>): void {
    this.#inputs.ticket(device, button);
  }

  get cover(): Cover {
    return this.#cover;
  }

  /** Leads the calling by these settings from now on; or only takes ratings, where they say that another leads. */
  useCalling(settings: HallSettings): void {
    const before = this.#desk;
    before?.stop(settings);
    this.#desk = new CallingDesk(
      settings,
      {
        boards: this.#boards,
        hallBoards: this.#hallBoards,
        voices: this.#voices,
        invitations: this.#invitations,
        prints: this.#prints,
        cover: this.#cover,
        isBoardDown: (window) => this.#channels.isBoardDown(window),
        changed: () => this.#picture.changed(),
      },
      this.ports,
    );
    this.#desk.start();
    if (!isLedByHub(settings)) this.outside.forgetAll();
    if (settings.leads) this.#prints.start();
    if (before === undefined) {
      this.#channels.publish();
      this.#notices.start();
      this.#age.start();
      this.#noticed();
    }
    this.#covered();
  }

  /** Connects what a device can do. Returns the function that undoes it. */
  attach(device: string, capabilities: Capabilities): () => void {
    const undo: (() => void)[] = [];
    const { showsTicket, showsHall, speaks, presses, printsTickets, invitesRating, hallInput } = capabilities;
    const { countsSeats, countsPeople } = capabilities;
    if (showsTicket !== undefined) undo.push(this.#boards.add(device, showsTicket));
    if (showsHall !== undefined) undo.push(this.#hallBoards.add(device, showsHall));
    if (speaks !== undefined) undo.push(this.#voices.add(device, speaks));
    if (presses !== undefined) {
      undo.push(presses.onPress((press) => this.#pressed(press, presses.purpose)));
    }
    if (printsTickets !== undefined) undo.push(this.#prints.add(device, printsTickets));
    if (invitesRating !== undefined) undo.push(this.#invitations.add(device, invitesRating));
    if (hallInput !== undefined) undo.push(this.#inputs.add(device, hallInput));
    if (countsSeats !== undefined) undo.push(this.#room.addSeats(device, countsSeats));
    if (countsPeople !== undefined) undo.push(this.#room.addDoors(device, countsPeople));
    if (capabilities.servesPage?.page === 'hall-display') undo.push(this.#channels.addDisplay(device));
    if (showsTicket !== undefined || showsHall !== undefined) this.outside.remind(device);
    return () => {
      for (const one of undo) one();
      this.#channels.look();
    };
  }

  /** A device works, or not: what it carried is taken over by others. */
  deviceFailed(device: string, failed: boolean): void {
    this.#channels.deviceFailed(device, failed);
  }

  stop(): void {
    if (this.#desk !== undefined) this.#desk.stop(this.#desk.settings);
    this.#prints.stop();
    this.#voices.stop();
    this.#notices.stop();
    this.#age.stop();
    this.outside.stop();
    this.#inputs.stop();
    this.#room.stop();
  }

  get #language() {
    return this.#desk?.settings.language ?? 'zh-CN';
  }

  #covered(): void {
    const over = this.#cover.over(this.#language);
    this.#boards.cover(over);
    this.#hallBoards.cover(over);
    if (this.#cover.isFire) {
      this.#voices.silence();
      const { fireWords } = this.#cover;
      this.#voices.announce({ kind: 'text', text: fireWords[this.#language] });
    }
    this.#picture.changed();
  }

  #noticed(): void {
    const texts = this.#notices.now.map(({ text }) => text);
    this.#hallBoards.notice(texts.length === 0 ? null : texts.join('  '));
    this.#picture.changed();
  }

  #pressed(press: Press, purpose: 'call' | 'rate'): void {
    const { device, window, key, atMilliseconds } = press;
    if (this.#age.isStale(device, atMilliseconds, key)) return;
    const desk = this.#desk;
    const invited = purpose === 'rate' && desk?.mayRate(window) === true;
    if (desk === undefined || !(desk.settings.leads || invited)) {
      const who = press.staff === undefined ? {} : { staff: press.staff };
      const data = { device, window: window === '' ? null : window, key, ...who };
      this.ports.commit({ events: [{ type: 'key.pressed', subject: device, data }] });
    } else if (purpose === 'call') {
      this.#call(desk, press);
    } else {
      this.#rate(desk, press);
    }
  }

  #call(desk: CallingDesk, { device, window, key, staff, atMilliseconds }: Press): void {
    const input =
      staff === undefined
        ? ({ type: key as CallerKey, window, device } as const)
        : ({ type: 'login', window, device, staff } as const);
    if (input.type === 'next') this.#giveOutByHand(desk, device);
    const { refusal } = desk.act(input, atMilliseconds);
    if (refusal !== undefined)
      this.ports.log.info({ device, window, key, code: refusal.code }, refusal.message.en);
  }

  /** Where numbers are given out by hand and nobody has taken one, the next one is given out now. */
  #giveOutByHand(desk: CallingDesk, device: string): void {
    if (desk.settings.manual !== true || this.#prints.hasPrinters || !desk.isEmpty) return;
    const [queue] = Object.keys(desk.settings.calling.queues);
    if (queue !== undefined) desk.act({ type: 'ticket.issue', device, queue });
  }

  #rate(desk: CallingDesk, { device, window, key, atMilliseconds }: Press): void {
    const decision = desk.act(
      { type: 'rate', window, device, level: Number(key), channel: 'key' },
      atMilliseconds,
    );
    const isRating = decision.events.some((event) => event.type === 'rating.submitted');
    if (isRating) this.#rated(device, window, decision.unmapped === true);
    if (decision.ignored !== undefined) {
      this.ports.log.debug({ device, window, key, why: decision.ignored }, 'a rating was ignored');
    }
  }

  #rated(device: string, window: string, unmapped: boolean): void {
    const code = 'rating.unmapped';
    if (unmapped) this.ports.raise({ device, code, evidence: { window } });
    else this.ports.clear(device, code);
  }
}
