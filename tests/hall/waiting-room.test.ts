import { describe, expect, it, onTestFinished } from 'vitest';
import type { CountsPeople, CountsSeats } from '../../src/devices/capabilities.js';
import { WaitingRoom } from '../../src/hall/waiting-room.js';
import type { Evidence } from '../../src/kernel/errors.js';
import { Listeners } from '../../src/kernel/listeners.js';
import { VirtualClock } from '../../src/kernel/virtual-clock.js';
import type { RoomState } from '../../src/protocols/hub/payloads.js';

const minutes = (count: number) => count * 60_000;

/** Seats or doors whose words the test says. */
class Said {
  readonly changes = new Listeners<[]>();
  onChange = (listener: () => void) => this.changes.add(listener);
}

class Seats extends Said implements CountsSeats {
  taken: number | null = 0;

  constructor(public seats: number) {
    super();
  }

  say(taken: number | null, seats = this.seats): void {
    this.taken = taken;
    this.seats = seats;
    this.changes.tell();
  }
}

class Doors extends Said implements CountsPeople {
  occupancy: CountsPeople['occupancy'] = { low: 0, median: 0, high: 0 };

  say(low: number, median = low, high = median): void {
    this.occupancy = { low, median, high };
    this.changes.tell();
  }

  unknown(): void {
    this.occupancy = null;
    this.changes.tell();
  }
}

function room() {
  const clock = new VirtualClock();
  const published: (RoomState | null)[] = [];
  const publishedAt: number[] = [];
  const faults: string[] = [];
  let standing: { evidence: Evidence | undefined; parts: readonly string[] | undefined } | undefined;
  const served = { windows: 0 };
  const waiting = new WaitingRoom({
    served: () => served.windows,
    ports: {
      clock,
      publishRoom(state) {
        published.push(state);
        publishedAt.push(clock.monotonicMilliseconds());
      },
      raise({ device, code, evidence, parts }) {
        if (standing === undefined) faults.push(`raised ${device}/${code}`);
        standing = { evidence, parts };
      },
      clear(device, code) {
        faults.push(`cleared ${device}/${code}`);
        standing = undefined;
      },
    },
  });
  onTestFinished(() => {
    waiting.stop();
    expect(clock.pending()).toEqual([]);
  });
  return {
    clock,
    waiting,
    published,
    publishedAt,
    faults,
    served,
    now: () => published.at(-1),
    warning: () => standing,
  };
}

/** Takes `perMinute` seats more each minute. */
async function fill(clock: VirtualClock, seats: Seats, perMinute: number, forMinutes: number) {
  for (let minute = 0; minute < forMinutes; minute++) {
    seats.say(Math.min(seats.seats, (seats.taken ?? 0) + perMinute));
    await clock.advance(minutes(1));
  }
}

describe('the waiting area', () => {
  it('is the sum of all seats and doors', async () => {
    const { clock, waiting, now } = room();
    const [north, south, door] = [new Seats(14), new Seats(10), new Doors()];
    waiting.addSeats('seats-n', north);
    waiting.addSeats('seats-s', south);
    waiting.addDoors('door', door);
    north.say(5);
    south.say(3);
    door.say(9, 12, 15);
    await clock.advance(2_000);
    expect(now()).toEqual({
      seats: 24,
      taken: 8,
      people: { low: 9, median: 12, high: 15 },
      standing: { low: 1, median: 4, high: 7 },
      at: '2026-11-21T01:00:02.000Z',
    });
  });

  it('takes those who are being served for nobody who stands, and never fewer than nobody', async () => {
    const { clock, waiting, now, served } = room();
    const [seats, door] = [new Seats(14), new Doors()];
    waiting.addSeats('seats', seats);
    waiting.addDoors('door', door);
    served.windows = 3;
    seats.say(6);
    door.say(5, 10, 14);
    await clock.advance(2_000);
    expect(now()?.standing).toEqual({ low: 0, median: 1, high: 5 });
    served.windows = 9;
    await clock.advance(minutes(2));
    expect(now()?.standing).toEqual({ low: 0, median: 0, high: 0 });
  });

  it('is not known where seats or doors are not', async () => {
    const { clock, waiting, now } = room();
    const [north, south, door] = [new Seats(14), new Seats(10), new Doors()];
    waiting.addSeats('seats-n', north);
    waiting.addSeats('seats-s', south);
    waiting.addDoors('door', door);
    south.say(null);
    door.say(20);
    await clock.advance(2_000);
    expect(now()).toMatchObject({ seats: 24, taken: null, people: { median: 20 }, standing: null });
    south.say(1);
    door.unknown();
    await clock.advance(2_000);
    expect(now()).toMatchObject({ taken: 1, people: null, standing: null });
  });

  it('without seats that are watched says nothing of who stands', async () => {
    const { clock, waiting, now } = room();
    const door = new Doors();
    waiting.addDoors('door', door);
    door.say(20);
    await clock.advance(2_000);
    expect(now()).toMatchObject({ seats: 0, taken: null, people: { median: 20 }, standing: null });
  });

  it('without doors says how many seats are taken, and nothing of people', async () => {
    const { clock, waiting, now } = room();
    const seats = new Seats(4);
    waiting.addSeats('seats', seats);
    seats.say(1);
    await clock.advance(2_000);
    expect(now()).toMatchObject({ seats: 4, taken: 1, people: null, standing: null });
  });

  it('is published at most every two seconds, however much changes, and not where nothing does', async () => {
    const { clock, waiting, published, publishedAt } = room();
    const seats = new Seats(50);
    waiting.addSeats('seats', seats);
    for (let step = 0; step < 4_000; step++) {
      seats.say(step % 30);
      await clock.advance(37);
    }
    const gaps = publishedAt.slice(1).map((at, index) => at - publishedAt[index]!);
    expect(published.length).toBeGreaterThan(50);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2_000);
    const before = published.length;
    await clock.advance(minutes(30));
    expect(published.length).toBeLessThanOrEqual(before + 1);
  });
});

describe('the warning that seats run short', () => {
  it('comes at nine tenths and ends below eight', async () => {
    const { clock, waiting, faults, warning } = room();
    const [seats, door] = [new Seats(20), new Doors()];
    waiting.addSeats('seats', seats);
    waiting.addDoors('door', door);
    door.say(25);
    const says = async (taken: number) => {
      seats.say(taken);
      await clock.advance(2_000);
      return warning() !== undefined;
    };
    expect(await says(17)).toBe(false);
    expect(await says(18)).toBe(true);
    expect(warning()).toEqual({
      evidence: { taken: 18, seats: 20, standing: 7, fullInMinutes: null },
      parts: ['seats'],
    });
    expect(await says(17)).toBe(true);
    expect(await says(16)).toBe(true);
    expect(await says(15)).toBe(false);
    expect(await says(17)).toBe(false);
    expect(faults).toEqual(['raised controller/hall.seats-short', 'cleared controller/hall.seats-short']);
  });

  it('comes before the seats are full where they fill up', async () => {
    const { clock, waiting, warning } = room();
    const seats = new Seats(50);
    waiting.addSeats('seats', seats);
    seats.say(10);
    await clock.advance(minutes(5));
    await fill(clock, seats, 2, 12);
    // 34 of 50, two more a minute: full in ten minutes or so.
    expect(seats.taken).toBe(34);
    await fill(clock, seats, 2, 2);
    expect(warning()?.evidence).toMatchObject({ seats: 50 });
    expect(Number(warning()?.evidence?.fullInMinutes)).toBeLessThanOrEqual(10);
    expect(seats.taken).toBeLessThan(40);
  });

  it('does not come where few seats are in use, however fast these fill', async () => {
    const { clock, waiting, faults } = room();
    const seats = new Seats(50);
    waiting.addSeats('seats', seats);
    await fill(clock, seats, 3, 9);
    expect(seats.taken).toBe(27);
    expect(faults).toEqual([]);
  });

  it('that came by the trend does not come and go with each person who stands up', async () => {
    const { clock, waiting, faults, warning } = room();
    const seats = new Seats(50);
    waiting.addSeats('seats', seats);
    seats.say(12);
    await clock.advance(minutes(5));
    await fill(clock, seats, 2, 12);
    expect(warning()).toBeDefined();
    for (let turn = 0; turn < 20; turn++) {
      seats.say(turn % 2 === 0 ? 31 : 36);
      await clock.advance(3_000);
    }
    expect(faults).toEqual(['raised controller/hall.seats-short']);
    await clock.advance(minutes(12));
    expect(warning()).toBeUndefined();
  });

  it('is not made of seats that join a hall', async () => {
    const { clock, waiting, faults } = room();
    const [north, south] = [new Seats(10), new Seats(10)];
    waiting.addSeats('seats-n', north);
    north.say(2);
    await clock.advance(minutes(9));
    south.say(10);
    waiting.addSeats('seats-s', south);
    await clock.advance(minutes(9));
    expect(faults).toEqual([]);
  });

  it('outlives a moment in which nobody knows, and not ten minutes of it', async () => {
    const { clock, waiting, faults, warning } = room();
    const seats = new Seats(10);
    waiting.addSeats('seats', seats);
    seats.say(10);
    await clock.advance(2_000);
    expect(warning()).toBeDefined();
    seats.say(null);
    await clock.advance(minutes(8));
    expect(warning()).toBeDefined();
    seats.say(9);
    await clock.advance(minutes(8));
    seats.say(null);
    await clock.advance(minutes(8));
    expect(faults).toEqual(['raised controller/hall.seats-short']);
    await clock.advance(minutes(5));
    expect(warning()).toBeUndefined();
  });

  it('does not come of seats that are not known, or all of them stuck', async () => {
    const { clock, waiting, faults } = room();
    const seats = new Seats(10);
    waiting.addSeats('seats', seats);
    seats.say(null);
    await clock.advance(minutes(15));
    seats.say(0, 0);
    await clock.advance(minutes(15));
    expect(faults).toEqual([]);
  });
});

describe('what belongs to the waiting area', () => {
  it('may leave and come back; the last one takes everything with it', async () => {
    const { clock, waiting, now, warning } = room();
    const [seats, door] = [new Seats(10), new Doors()];
    const noSeats = waiting.addSeats('seats', seats);
    const noDoors = waiting.addDoors('door', door);
    seats.say(10);
    door.say(12);
    await clock.advance(2_000);
    expect(warning()).toBeDefined();
    noSeats();
    await clock.advance(2_000);
    expect(now()).toMatchObject({ seats: 0, taken: null, people: { median: 12 }, standing: null });
    expect(warning()).toBeUndefined();
    noDoors();
    expect(now()).toBeNull();
    expect(clock.pending()).toEqual([]);
    expect([seats.changes.size, door.changes.size]).toEqual([0, 0]);
    waiting.addSeats('seats', seats);
    await clock.advance(2_000);
    expect(now()).toMatchObject({ seats: 10, taken: 10 });
  });

  it('is not taken away with an older one of the same name', async () => {
    const { clock, waiting, now } = room();
    const [older, newer] = [new Seats(10), new Seats(12)];
    const noOlder = waiting.addSeats('seats', older);
    waiting.addSeats('seats', newer);
    noOlder();
    await clock.advance(2_000);
    expect(now()).toMatchObject({ seats: 12 });
  });

  it('says nothing any more after a stop', async () => {
    const { clock, waiting, published, faults } = room();
    const seats = new Seats(10);
    const noSeats = waiting.addSeats('seats', seats);
    seats.say(10);
    await clock.advance(2_000);
    const before = [published.length, faults.length];
    waiting.stop();
    seats.say(1);
    noSeats();
    await clock.advance(minutes(5));
    expect([published.length, faults.length]).toEqual(before);
  });
});
