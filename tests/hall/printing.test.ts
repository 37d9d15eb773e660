import { beforeEach, describe, expect, it } from 'vitest';
import type {
  Capabilities,
  FreePaper,
  PrinterReadiness,
  PrintResult,
  TicketPaper,
} from '../../src/devices/capabilities.js';
import { Hall } from '../../src/hall/hall.js';
import { silentLog } from '../../src/kernel/log.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import { MemoryCommits } from '../supervisor/world.js';
import { hallSettings } from './settings.js';

const settings = hallSettings({
  queues: { general: { prefix: 'A', matter: 'registration', windows: ['5'] } },
  windows: { '5': { unit: 'HR', staff: '0317' } },
  evaluatorWindows: ['5'],
});

let clock: VirtualClock;
let commits: MemoryCommits;
let ids: number;

function makeHall(boot = 'boot'): Hall {
  const hall = new Hall({
    clock,
    boot,
    log: silentLog,
    newId: () => `id-${++ids}`,
    state: commits.state,
    commit: commits.commit,
    publishQueue: () => {},
    publishWindow: () => {},
    publishChannels: () => {},
    publishRoom: () => {},
    raise: () => {},
    clear: () => {},
  });
  return hall;
}

/** A printer whose every answer the test gives. */
class Printer {
  readonly papers: TicketPaper[] = [];
  readonly #answers: ((result: PrintResult) => void)[] = [];
  #readiness: PrinterReadiness;
  #tell = () => {};
  readonly capabilities: Capabilities;

  constructor(place: string | null, readiness: PrinterReadiness = 'ready') {
    this.#readiness = readiness;
    const readinessNow = () => this.#readiness;
    this.capabilities = {
      printsTickets: {
        place,
        get readiness() {
          return readinessNow();
        },
        onReadiness: (listener) => {
          this.#tell = listener;
          return () => {
            this.#tell = () => {};
          };
        },
        print: (paper: TicketPaper | FreePaper) => {
          this.papers.push(paper as TicketPaper);
          return new Promise((resolve) => this.#answers.push(resolve));
        },
      },
    };
  }

  get numbers(): string[] {
    return this.papers.map((paper) => `${paper.number}/${paper.copy}`);
  }

  become(readiness: PrinterReadiness): void {
    this.#readiness = readiness;
    this.#tell();
  }

  /** Answers the oldest print that waits. */
  async answer(result: PrintResult): Promise<void> {
    this.#answers.shift()?.(result);
    await clock.advance(0);
  }
}

/** A command's way: decide, commit, and after the sync let the paper leave. */
async function issue(hall: Hall, at: string | null = null) {
  const decided = hall.desk!.issue({ type: 'ticket.issue', queue: 'general' }, at);
  const { synced } = commits.commit(decided.change);
  void synced.then(decided.afterSync);
  await clock.advance(0);
  const { printer, print } = decided;
  return { printer, print, ticket: decided.decision.issued!.ticket };
}

const refused = (code: string) => ({ refusal: { code } });

const printed = () =>
  commits.events.filter((event) => event.type === 'ticket.printed').map((one) => one.data);
const wanted = () => [...commits.state.keys()].filter((key) => key.startsWith('print/'));

beforeEach(() => {
  clock = new VirtualClock();
  commits = new MemoryCommits();
  ids = 0;
});

describe('paper', () => {
  it('leaves only once the ticket is recorded, with all that it says, and is told when it is out', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const printer = new Printer('hall A');
    hall.attach('tickets', printer.capabilities);
    await issue(hall);
    commits.held = true;
    await issue(hall);
    expect(printer.numbers).toEqual(['A001/1']);
    commits.release();
    await clock.advance(0);
    expect(printer.numbers).toEqual(['A001/1', 'A002/1']);
    expect(printer.papers[1]).toMatchObject({ matter: 'registration', ahead: 1, priority: false });
    expect(printer.papers[1]!.issuedAt).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d$/);
    await clock.advance(1_500);
    await printer.answer({ result: 'confirmed' });
    expect(printed()).toMatchObject([
      { number: 'A001', device: 'tickets', result: 'confirmed', copy: 1, afterMilliseconds: 1_500 },
    ]);
    expect(wanted()).toHaveLength(1);
  });

  it('comes out of the near printer, and of the other one while the near one can not', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const [near, far] = [new Printer('door'), new Printer('stairs')];
    hall.attach('tickets-2', far.capabilities);
    hall.attach('tickets-1', near.capabilities);
    expect((await issue(hall, 'door')).printer).toBe('tickets-1');
    expect((await issue(hall, 'tickets-2')).printer).toBe('tickets-2');
    near.become('unable');
    expect((await issue(hall, 'door')).printer).toBe('tickets-2');
    far.become('unable');
    expect((await issue(hall, 'door')).printer).toBeNull();
    expect([near.numbers, far.numbers]).toEqual([['A001/1'], ['A002/1', 'A003/1']]);
    far.become('ready');
    expect(far.numbers).toEqual(['A002/1', 'A003/1', 'A004/1']);
  });

  it('goes to a printer that says nothing only where none says that it can', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const [near, far] = [new Printer('door', 'unknown'), new Printer('stairs')];
    hall.attach('near', near.capabilities);
    hall.attach('far', far.capabilities);
    expect((await issue(hall, 'door')).printer).toBe('far');
    far.become('unable');
    expect((await issue(hall, 'door')).printer).toBe('near');
  });

  it('that no printer can take now is waiting, and nobody says that it goes out', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const printer = new Printer('hall A');
    hall.attach('tickets', printer.capabilities);
    expect(await issue(hall)).toMatchObject({ printer: 'tickets', print: 'unconfirmed' });
    printer.become('unable');
    expect(await issue(hall)).toMatchObject({ printer: null, print: 'waiting' });
    expect(printer.numbers).toEqual(['A001/1']);
    printer.become('unknown');
    await clock.advance(0);
    expect(printer.numbers).toEqual(['A001/1', 'A002/1']);
  });

  it('that was cut short is printed again under the same number once the printer can, marked as a copy', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const printer = new Printer(null);
    hall.attach('tickets', printer.capabilities);
    await issue(hall);
    printer.become('unable');
    await printer.answer({ result: 'failed', reason: 'printer.media-empty' });
    await clock.advance(60_000);
    expect(printer.numbers).toEqual(['A001/1']);
    printer.become('ready');
    await clock.advance(0);
    expect(printer.numbers).toEqual(['A001/1', 'A001/2']);
    await printer.answer({ result: 'confirmed' });
    expect(printed()).toMatchObject([
      { number: 'A001', result: 'failed', copy: 1, reason: 'printer.media-empty', afterMilliseconds: null },
      { number: 'A001', result: 'confirmed', copy: 2 },
    ]);
    expect(wanted()).toEqual([]);
  });

  it('that was cut short comes out of the other printer at once', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const [near, far] = [new Printer('door'), new Printer('stairs')];
    hall.attach('near', near.capabilities);
    hall.attach('far', far.capabilities);
    await issue(hall, 'door');
    await near.answer({ result: 'failed', reason: 'printer.media-empty' });
    expect(far.numbers).toEqual(['A001/2']);
  });

  it('that never began is no copy', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const printer = new Printer(null);
    hall.attach('tickets', printer.capabilities);
    await issue(hall);
    await printer.answer({ result: 'failed', reason: 'printer.cover-open', begun: false });
    expect(printed()).toEqual([]);
    await clock.advance(3_000);
    expect(printer.numbers).toEqual(['A001/1', 'A001/1']);
  });

  it('is printed after a restart of the process, marked as a copy, and not for a ticket that was called meanwhile', async () => {
    const first = makeHall();
    first.useCalling(settings);
    first.attach('tickets', new Printer(null, 'unable').capabilities);
    await issue(first);
    await issue(first);
    expect(wanted()).toHaveLength(2);
    first.stop();
    const second = makeHall();
    second.useCalling(settings);
    second.desk!.act({ type: 'next', window: '5' });
    const printer = new Printer(null);
    second.attach('tickets', printer.capabilities);
    expect(printer.numbers).toEqual(['A002/2']);
    await printer.answer({ result: 'sent' });
    expect(wanted()).toEqual([]);
  });

  it('is given up, and that told, when it comes too late or fails again and again', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const printer = new Printer(null, 'unable');
    hall.attach('tickets', printer.capabilities);
    await issue(hall);
    await clock.advance(15 * 60_000 + 1);
    printer.become('ready');
    expect(printer.papers).toEqual([]);
    expect(printed()).toMatchObject([{ number: 'A001', device: null, reason: 'print.too-late' }]);
    await issue(hall);
    for (let tries = 0; tries < 10; tries++) {
      await printer.answer({ result: 'failed', reason: 'printer.offline' });
      await clock.advance(3_000);
    }
    expect(printer.numbers).toEqual(['A002/1', 'A002/2', 'A002/3', 'A002/4', 'A002/5']);
    expect(printed().at(-1)).toMatchObject({ number: 'A002', device: null, reason: 'print.gave-up' });
    expect(wanted()).toEqual([]);
  });

  it('can be asked for once more while the ticket waits', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const printer = new Printer(null);
    hall.attach('tickets', printer.capabilities);
    const { ticket } = await issue(hall);
    await printer.answer({ result: 'confirmed' });
    const again = hall.desk!.reprint(ticket, null);
    commits.commit(again.change);
    again.afterSync();
    expect(printer.numbers).toEqual(['A001/1', 'A001/2']);
    expect(printer.papers[1]).toMatchObject({ ahead: null });
    hall.desk!.act({ type: 'next', window: '5' });
    expect(hall.desk!.reprint(ticket, null)).toMatchObject({ decision: refused('ticket.ended') });
    expect(hall.desk!.reprint('nobody', null)).toMatchObject({ decision: refused('ticket.unknown') });
  });

  it('that waits for a printer goes on waiting though somebody asks for it once more', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const printer = new Printer(null);
    hall.attach('tickets', printer.capabilities);
    printer.become('unable');
    const { ticket } = await issue(hall);
    expect(hall.desk!.reprint(ticket, null)).toMatchObject({ decision: refused('printer.none') });
    printer.become('ready');
    await clock.advance(0);
    expect(printer.numbers).toEqual(['A001/1']);
  });

  it('that is refused once more keeps what time has changed meanwhile', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const { ticket } = await issue(hall);
    await clock.advance(3_600_000);
    // The clock was set: it is half past midnight, and the ticket is of yesterday.
    clock.wallOffsetMilliseconds += 14.5 * 3_600_000;
    const { change, decision } = hall.desk!.reprint(ticket, null);
    expect(decision).toMatchObject(refused('ticket.ended'));
    expect(change.events.map(({ type }) => type)).toContain('ticket.expired');
  });

  it('is no matter of a hall without printers', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    expect((await issue(hall)).printer).toBeNull();
    expect(wanted()).toEqual([]);
  });

  it('comes out once though the calling is configured anew meanwhile', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const printer = new Printer(null);
    hall.attach('tickets', printer.capabilities);
    await issue(hall);
    hall.useCalling({ ...settings, publicUrl: 'https://hall.example/t/{ticket}' });
    await printer.answer({ result: 'confirmed' });
    expect(printer.numbers).toEqual(['A001/1']);
    expect(wanted()).toEqual([]);
  });

  it('whose record is damaged is forgotten', () => {
    commits.state.set('print/x', { number: 7 });
    makeHall().useCalling(settings);
    expect(wanted()).toEqual([]);
  });
});

describe('an invitation to rate', () => {
  function lamp(window: string) {
    const shown: boolean[] = [];
    const capabilities: Capabilities = {
      invitesRating: { window, invite: (invited) => void shown.push(invited) },
    };
    return { shown, capabilities };
  }

  it('lights the lamp from the end of the service until the rating', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    const one = lamp('5');
    hall.attach('rate-5', one.capabilities);
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    hall.desk!.act({ type: 'next', window: '5' });
    expect(one.shown).toEqual([false]);
    hall.desk!.act({ type: 'done', window: '5' });
    expect(one.shown).toEqual([false, true]);
    hall.desk!.act({ type: 'rate', window: '5', level: 5, channel: 'key' });
    expect(one.shown).toEqual([false, true, false]);
  });

  it('goes out when the time is over, and stands again after a restart', async () => {
    const hall = makeHall();
    hall.useCalling(settings);
    hall.desk!.act({ type: 'ticket.issue', queue: 'general' });
    hall.desk!.act({ type: 'next', window: '5' });
    hall.desk!.act({ type: 'done', window: '5' });
    hall.stop();
    const next = makeHall();
    next.useCalling(settings);
    const one = lamp('5');
    next.attach('rate-5', one.capabilities);
    expect(one.shown).toEqual([true]);
    await clock.advance(61_000);
    expect(one.shown).toEqual([true, false]);
  });
});
