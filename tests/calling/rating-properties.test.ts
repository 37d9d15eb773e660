import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '../../src/calling/decision.js';
import type { CallingEventData } from '../../src/calling/events.js';
import { ratingShare } from '../../src/calling/ratings.js';
import { type CallingState, loadCalling } from '../../src/calling/state.js';
import { day, deskSettings, hour, minute, RatingDesk, second } from './rating-desk.js';

const window = fc.constantFrom('5', '6', '7');
const name = fc.constantFrom(null, '', 'a', 'b', 'registration');
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('serve' as const),
      window,
      staff: fc.constantFrom(null, '0317', '0321'),
      matter: fc.constantFrom(null, 'registration', 'tax', 'other'),
      servedSeconds: fc.constantFrom(null, 0, 19, 20, 300),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('invite' as const),
      window,
      unit: name,
      staff: name,
      matter: name,
      ticket: name,
      caseRef: name,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('call' as const), window }) },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('press' as const),
      window: fc.oneof({ weight: 9, arbitrary: window }, { weight: 1, arbitrary: fc.string() }),
      level: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 5 }) },
        { weight: 1, arbitrary: fc.double() },
      ),
      /** A page names the session that it showed: some earlier one, or one that never was. */
      session: fc.option(fc.nat(12), { freq: 3 }),
      reasons: fc.option(fc.array(fc.oneof(fc.constantFrom('slow', 'kind'), fc.string())), { freq: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'tick' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      milliseconds: fc.constantFrom(1, second, 4 * second, 20 * second, minute, 3 * hour, day, 91 * day),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      milliseconds: fc.oneof(
        fc.integer({ min: -3 * day, max: 3 * day }),
        fc.constantFrom(-50 * 365 * day, 1e17),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('trust' as const),
      quality: fc.constantFrom('synced' as const, 'holdover' as const, 'untrusted' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('restart' as const), powerCut: fc.boolean() }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Invitation {
  readonly window: string;
  readonly ticket: string | null;
  end?: 'submitted' | 'missed' | undefined;
}

/** What an onlooker knows who sees services, calls and presses, and the events that follow. */
class Onlooker {
  readonly sessions = new Map<string, Invitation>();
  /** The session whose visitor stands at a window; none once the next was called. */
  readonly present = new Map<string, string>();
  readonly bad = new Set<string>();

  seeInvitation(desk: RatingDesk, window: string, ticket: string | null): void {
    const session = desk.calling.ratings.get(window)?.open?.session;
    if (session === undefined) return;
    expect(this.sessions.has(session), 'a session of its own').toBe(false);
    this.sessions.set(session, { window, ticket });
    this.present.set(window, session);
  }

  see(decision: Decision, pressed?: Step & { do: 'press' }): void {
    let submitted = 0;
    for (const { type, data } of decision.events) {
      if (type === 'rating.missed') this.end(data.session, data, 'missed');
      if (type === 'rating.repeat-bad') {
        expect(data.ratings.length).toBeGreaterThan(1);
        for (const session of data.ratings) expect(this.bad).toContain(session);
      }
      if (type !== 'rating.submitted') continue;
      submitted++;
      expect(data.level, 'the level that was pressed').toBe(pressed?.level);
      expect(data.window).toBe(pressed?.window);
      if (data.session === null) {
        expect(data).toMatchObject({ ticket: null, matter: null, quarantined: true, invitedAt: null });
        continue;
      }
      expect(this.present.get(data.window), 'only who stands there rates').toBe(data.session);
      this.end(data.session, data, 'submitted');
      const isTied = data.unit !== null && data.staff !== null && data.matter !== null;
      expect(data.quarantined).toBe(isTied ? undefined : true);
      if (isTied && data.level <= 2) this.bad.add(data.session);
      expect(data.callbackDue === undefined).toBe(data.level > 2 || data.at === null);
    }
    expect(submitted).toBeLessThanOrEqual(pressed === undefined ? 0 : 1);
    if (pressed !== undefined) {
      const outcomes = [submitted > 0, decision.refusal !== undefined, decision.ignored !== undefined];
      expect(outcomes.filter(Boolean), 'a press has one outcome').toHaveLength(1);
    }
  }

  end(
    session: string,
    { window, ticket }: Pick<CallingEventData['rating.missed'], 'window' | 'ticket'>,
    how: 'submitted' | 'missed',
  ): void {
    const invitation = this.sessions.get(session);
    expect(invitation, 'somebody was invited').toBeDefined();
    expect(invitation?.end, 'a session ends once').toBeUndefined();
    expect({ window, ticket }).toStrictEqual({ window: invitation?.window, ticket: invitation?.ticket });
    invitation!.end = how;
    if (this.present.get(window) === session) this.present.delete(window);
  }
}

function picture({ day, ratings, bad, strays, openSessions }: CallingState): unknown {
  return { day, ratings: Object.fromEntries(ratings), bad, strays, open: [...openSessions].sort() };
}

function take(desk: RatingDesk, onlooker: Onlooker, one: Step): void {
  switch (one.do) {
    case 'pass':
      desk.pass(one.milliseconds);
      return;
    case 'jump':
      desk.wall += one.milliseconds;
      return;
    case 'trust':
      desk.quality = one.quality;
      return;
    case 'restart':
      desk.restart(one.powerCut ? `${desk.boot}+` : desk.boot);
      return;
    case 'tick':
      onlooker.see(desk.tick());
      return;
    case 'serve': {
      const { staff, matter, servedSeconds } = one;
      const before = desk.events.length;
      const ticket = desk.serve(one.window, { staff, matter, servedSeconds });
      onlooker.see({ events: desk.events.slice(before) } as unknown as Decision);
      onlooker.seeInvitation(desk, one.window, ticket);
      return;
    }
    case 'invite': {
      const { do: _, ...input } = one;
      const decision = desk.invite(input);
      onlooker.see(decision);
      if (decision.refusal === undefined) onlooker.seeInvitation(desk, one.window, one.ticket || null);
      return;
    }
    case 'call':
      onlooker.see(desk.callNext(one.window));
      onlooker.present.delete(one.window);
      return;
    case 'press': {
      const { window, level, session, reasons } = one;
      const named = session === null ? {} : { session: [...onlooker.sessions.keys()].at(-1 - session) ?? '' };
      onlooker.see(desk.press(level, { window, ...named, ...(reasons === null ? {} : { reasons }) }), one);
    }
  }
}

test('whatever people, clocks and power do, each session ends once and no press is taken for another', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), (steps) => {
      const desk = new RatingDesk(deskSettings);
      const onlooker = new Onlooker();
      for (const one of steps) {
        take(desk, onlooker, one);
        expect(picture(loadCalling(desk.stored)), 'loaded equals built').toStrictEqual(picture(desk.calling));
        for (const at of ['5', '6', '7']) {
          const { invited, rated, percent } = ratingShare(desk.calling, at);
          expect(rated).toBeLessThanOrEqual(invited);
          expect(percent ?? 0).toBeLessThanOrEqual(100);
        }
        expect(desk.stored.size, 'made-up windows leave nothing').toBeLessThanOrEqual(6);
      }
      desk.pass(2 * minute);
      onlooker.see(desk.tick());
      const open = [...onlooker.sessions.values()].filter(({ end }) => end === undefined);
      expect(open, 'each was rated or missed').toStrictEqual([]);
    }),
    { numRuns: 200 * Number(process.env.PROPERTY_RUNS ?? 1) },
  );
});
