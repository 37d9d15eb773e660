/** One window's staff from the morning to the evening: calls, serves, waits in vain, has lunch, closes. */
import type { People, Visitor } from './people.js';
import { clockTime, type DayWindow, mostCalls, plannedQueues, queues, timeOfDay } from './plan.js';

const second = 1_000;
const minute = 60 * second;
/** `next` waits at most 5 s for a rating; then somebody looks up at the board. */
const lookUpMilliseconds = 6 * second;
/** A dark board may be one without power. */
const darkMilliseconds = 100 * second;

export class Clerk {
  #hadLunch = false;

  constructor(
    private readonly people: People,
    private readonly window: DayWindow,
    private readonly fromMilliseconds: number,
  ) {}

  async work(): Promise<void> {
    const { people, window } = this;
    const { name, opens, closes, lunch, staff } = window;
    if (timeOfDay(closes) < this.fromMilliseconds) return;
    await people.until(Math.max(timeOfDay(opens), this.fromMilliseconds) + people.between(0, 90 * second));
    this.#hadLunch = timeOfDay(lunch) + 30 * minute < people.now;
    people.ledger.staff.set(name, staff);
    people.front.press(name, staff);
    await people.pause(people.between(8 * second, 30 * second));
    for (;;) {
      if (!this.#hadLunch && people.now >= timeOfDay(lunch)) await this.#lunch();
      else if (people.now >= timeOfDay(closes) && (await this.#leave())) return;
      else if (people.chance(0.03)) await this.#pause(people.between(2 * minute, 5 * minute));
      await this.#callNext();
    }
  }

  get #lookUp(): number {
    return lookUpMilliseconds + (this.people.options.leisureMilliseconds ?? 0);
  }

  #press(key: string): void {
    const { people, window } = this;
    if (key === 'next') people.ledger.calls.push({ window: window.name, atMilliseconds: people.now });
    people.front.press(window.name, key);
  }

  /** The number above the window; `null` where there is none to be read. */
  get #number(): string | null {
    const text = this.people.front.board(this.window.name);
    return /^[A-D]\d{3,}$/.test(text) ? text : null;
  }

  async #callNext(): Promise<void> {
    const { people, window } = this;
    const plea = people.takePlea(plannedQueues(window.name, clockTime(people.now)));
    const asked =
      plea !== undefined && (await people.ask('window.call', { window: window.name, ticket: plea })).ok;
    if (!asked) this.#press('next');
    await people.pause(this.#lookUp + people.between(0, 3 * second));
    const number = this.#number;
    if (number !== null) await this.#attend(number);
    else await people.pause(people.between(15 * second, 45 * second));
  }

  async #attend(number: string): Promise<void> {
    const { people } = this;
    let visitor = people.visitor(number);
    if (visitor?.isHere === true && people.chance(0.05)) {
      // Slow on their feet: the number is called once more.
      await people.pause(people.between(12 * second, 20 * second));
      this.#press('recall');
    }
    for (let calls = 1; visitor?.isHere !== true; calls++) {
      await people.pause(people.between(18 * second, 30 * second));
      visitor = people.visitor(number);
      if (visitor?.isHere === true) break;
      if (calls < mostCalls) {
        this.#press('recall');
        continue;
      }
      // Some press skip, some recall once too often; both let the number go.
      this.#press(people.chance(0.5) ? 'skip' : 'recall');
      await people.pause(people.between(2 * second, 4 * second));
      if (this.#number !== number && visitor !== undefined) people.missed(visitor);
      return;
    }
    await this.#serve(visitor as Visitor);
  }

  async #serve(visitor: Visitor): Promise<void> {
    const { people, window } = this;
    const { number, visit } = visitor;
    visitor.isHere = false;
    const usual = queues[visit.queue].serviceMinutes * minute * window.slowness;
    await people.pause(people.between(8 * second, 20 * second) + usual * visit.effort);
    if (!(await this.#stillShows(number))) {
      // The power took the call with it: the visitor waits again, and will be called.
      visitor.isHere = true;
      return;
    }
    const wrong = visit.sentOnTo !== null && people.chance(0.5);
    if (wrong && number.startsWith(queues[visit.queue].prefix)) {
      // To the other queue, with the same number; once, and they may rate this service, too.
      const reply = await people.ask('ticket.transfer', { ticket: number, queue: visit.sentOnTo });
      visitor.isHere = true;
      if (reply.ok) people.rateAfter(window.name, visitor, people.between(2.5 * second, 15 * second));
      await people.pause(people.between(3 * second, 10 * second));
      return;
    }
    // Who has another matter waits for the next call.
    visitor.isHere = true;
    const late = visit.ratesLate;
    if (people.chance(0.3)) {
      this.#press('done');
      people.rateAfter(window.name, visitor, people.between(2.5 * second, 25 * second));
      await people.pause(people.between(4 * second, 40 * second));
      return;
    }
    // The next key ends the service, too.
    people.rateAfter(
      window.name,
      visitor,
      late ? people.between(7 * second, 15 * second) : people.between(2.2 * second, 4.5 * second),
    );
  }

  /** False where the board shows another number, or none although it has power. */
  async #stillShows(number: string): Promise<boolean> {
    const { people } = this;
    for (let waited = 0; waited < darkMilliseconds; waited += 20 * second) {
      const shown = this.#number;
      if (shown !== null) return shown === number;
      await people.pause(20 * second);
    }
    return this.#number === number;
  }

  async #lunch(): Promise<void> {
    const { people, window } = this;
    this.#hadLunch = true;
    const { name, substitute } = window;
    if (substitute === undefined) {
      await this.#pause(people.between(27 * minute, 35 * minute));
      return;
    }
    await people.ask('window.logout', { window: name });
    people.ledger.staff.set(name, substitute);
    people.front.press(name, substitute);
    await people.pause(people.between(2 * second, 10 * second));
  }

  /** The pause key, and the pause key again. It ends the service, whose visitor may rate. */
  async #pause(milliseconds: number): Promise<void> {
    this.#press('pause');
    await this.people.pause(milliseconds);
    this.#press('pause');
    await this.people.pause(2 * second);
  }

  /** Goes home when nobody waits any more, or it is late. */
  async #leave(): Promise<boolean> {
    const { people, window } = this;
    const { name, closes } = window;
    if (people.now < timeOfDay(closes) + 25 * minute && closes === '17:30') {
      this.#press('next');
      await people.pause(this.#lookUp + 2 * second);
      const number = this.#number;
      if (number !== null) {
        await this.#attend(number);
        return false;
      }
    }
    return (await people.ask('window.close', { window: name })).ok;
  }
}
