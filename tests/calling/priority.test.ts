import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Hall, hour, withRules } from './hall.js';

/** Calls everybody, by one window; the numbers in order. */
function callAll(hall: Hall, window = '5'): string[] {
  const numbers: string[] = [];
  for (let call = hall.next(window); call.calls[0]; call = hall.next(window)) {
    numbers.push(call.calls[0].number);
  }
  return numbers;
}

describe('priority', () => {
  test('goes at once for the first of the day, then one in three', () => {
    const hall = new Hall();
    for (let count = 0; count < 5; count++) hall.issue();
    for (let count = 0; count < 3; count++) hall.issue('general', true);
    expect(callAll(hall)).toStrictEqual(['A006', 'A001', 'A002', 'A007', 'A003', 'A004', 'A008', 'A005']);
    expect(hall.of('ticket.called').map(({ rule }) => rule)).toStrictEqual([
      'priority',
      'order',
      'order',
      'priority',
      'order',
      'order',
      'priority',
      'order',
    ]);
  });

  test('goes at once where enough others were called since the last one', () => {
    const hall = new Hall();
    hall.issue('general', true);
    for (let count = 0; count < 9; count++) hall.issue();
    for (let count = 0; count < 5; count++) hall.next('5');
    hall.issue('general', true);
    expect(hall.next('5').calls[0]).toMatchObject({ number: 'A011', priority: true });
  });

  test('goes by its order where it came first, and alone where there are no others', () => {
    const hall = new Hall();
    for (let count = 0; count < 3; count++) hall.issue('general', true);
    hall.issue();
    hall.issue('general', true);
    expect(callAll(hall)).toStrictEqual(['A001', 'A002', 'A003', 'A004', 'A005']);
  });

  test('always goes first where the rule is one in one', () => {
    const hall = new Hall(withRules({ priorityOneIn: 1 }));
    for (let count = 0; count < 2; count++) hall.issue();
    for (let count = 0; count < 2; count++) hall.issue('general', true);
    expect(callAll(hall)).toStrictEqual(['A003', 'A004', 'A001', 'A002']);
  });

  test('is counted for each queue apart, and anew each day', () => {
    const hall = new Hall();
    const issue = (queue: string, priority: boolean) => hall.issue(queue, priority).number;
    issue('general', false);
    issue('general', false);
    issue('general', true);
    expect(hall.next('6').calls[0]?.number).toBe('A003');
    issue('tax', false);
    issue('general', true);
    expect(callAll(hall, '6')).toStrictEqual(['A001', 'A002', 'T001', 'A004']);
    hall.pass(24 * hour);
    issue('general', false);
    expect(issue('general', true)).toBe('A002');
    expect(hall.next('6').calls[0]?.number).toBe('A002');
  });

  test('has no part in it who is called by name', () => {
    const hall = new Hall();
    for (let count = 0; count < 4; count++) hall.issue();
    const { ticket } = hall.issue('general', true);
    hall.issue('general', true);
    hall.tell({ type: 'call', window: '6', ticket });
    expect(hall.next('5').calls[0]?.number).toBe('A006');
  });

  test('where the count of the queue is lost both lines go by their order', () => {
    const hall = new Hall();
    for (let count = 0; count < 3; count++) hall.issue();
    hall.issue('general', true);
    hall.issue();
    hall.stored.set('calling/queue/general', 'torn');
    hall.restart();
    expect(callAll(hall)).toStrictEqual(['A001', 'A002', 'A003', 'A004', 'A005']);
  });
});

describe('how many are ahead', () => {
  test('is all of the queue, for who has no priority', () => {
    const hall = new Hall();
    hall.issue();
    hall.issue('general', true);
    hall.issue('tax');
    expect(hall.issue().ahead).toBe(2);
  });

  test('with priority is what the rule lets go before', () => {
    const hall = new Hall();
    for (let count = 0; count < 5; count++) hall.issue();
    expect(hall.issue('general', true).ahead).toBe(0);
    expect(hall.issue('general', true).ahead).toBe(3);
    hall.next('5');
    expect(hall.issue('general', true).ahead).toBe(5);
  });

  test('is what happens if nobody else comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant('issue'), fc.constant('priority'), fc.constant('next')), {
          maxLength: 60,
          size: 'max',
        }),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        (steps, priority, priorityOneIn) => {
          const hall = new Hall(withRules({ priorityOneIn }));
          for (const step of steps) {
            if (step === 'next') hall.next('5');
            else hall.issue('general', step === 'priority');
          }
          const { number, ahead } = hall.issue('general', priority);
          expect(callAll(hall).indexOf(number)).toBe(ahead);
        },
      ),
      { numRuns: 200 },
    );
  });
});

test('nobody starves: where both lines are never empty, each gets its share of any calls in a row', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 6 }),
      fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 30, maxLength: 60 }),
      (priorityOneIn, arrivals) => {
        const hall = new Hall(withRules({ priorityOneIn }));
        const waiting = { normal: [] as string[], priority: [] as string[] };
        const come = (line: 'normal' | 'priority') =>
          waiting[line].push(hall.issue('general', line === 'priority').ticket);
        for (let count = 0; count < 2; count++) come('normal');
        come('priority');
        let sincePriority = 0;
        let normals = 0;
        for (const [normal, priority] of arrivals) {
          for (let count = 0; count < normal; count++) come('normal');
          for (let count = 0; count < priority; count++) come('priority');
          while (waiting.normal.length < 1) come('normal');
          while (waiting.priority.length < 1) come('priority');
          const oldestNormal = Number(waiting.normal[0]?.slice(3));
          const call = hall.next('5').calls[0];
          if (call?.priority) {
            // Of those before, enough were called, or it came before them.
            const isOlder = Number(call.ticket.slice(3)) < oldestNormal;
            const isFirst = sincePriority === 0 && normals === 0;
            expect(isOlder || isFirst || sincePriority >= priorityOneIn - 1).toBe(true);
            expect(call.ticket).toBe(waiting.priority.shift());
            sincePriority = 0;
          } else {
            expect(call?.ticket).toBe(waiting.normal.shift());
            sincePriority++;
            normals++;
          }
          expect(sincePriority, 'one of so many goes to priority').toBeLessThan(priorityOneIn);
        }
      },
    ),
    { numRuns: 200 },
  );
});

describe('prioritise', () => {
  test('moves a waiting ticket to the priority line, by its number', () => {
    const hall = new Hall();
    for (let count = 0; count < 3; count++) hall.issue();
    const decision = hall.tell({ type: 'ticket.prioritise', ticket: 'A003' });
    expect(decision.events).toStrictEqual([
      {
        type: 'ticket.prioritised',
        subject: 'general',
        data: { ticket: 'id-3', number: 'A003', queue: 'general', window: null, staff: null },
      },
    ]);
    expect(hall.next('5').calls[0]).toMatchObject({ number: 'A003', priority: true });
    expect(hall.window('5').priority).toBe(true);
  });

  test('does nothing twice, and is refused for who is served, gone or unknown', () => {
    const hall = new Hall();
    hall.issue();
    hall.issue();
    hall.issue('general', true);
    hall.issue();
    hall.next('6');
    hall.tell({ type: 'skip', window: '6' });
    hall.next('5');
    const prioritise = (ticket: string) => hall.tell({ type: 'ticket.prioritise', ticket });
    hall.tell({ type: 'ticket.prioritise', ticket: 'A004' });
    expect(prioritise('A004')).toMatchObject({ events: [], puts: {} });
    expect(prioritise('A001').refusal?.code).toBe('ticket.called');
    expect(prioritise('A003').refusal?.code).toBe('ticket.ended');
    expect(prioritise('A099').refusal?.code).toBe('ticket.unknown');
  });
});
