/** The section `calling` of the configuration: queues, windows, and the rules that they work by. */
import * as v from 'valibot';
import { standardRules } from '../../calling/settings.js';
import { controllerNames, label, name, windowName } from './schema-parts.js';

const words = v.pipe(v.string(), v.minLength(1), v.maxLength(80));
const code = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,40}$/, 'a code: a-z, 0-9 and "-", at most 40'));
const timeOfDay = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "13:30"'));

/** A whole number with a default. */
function whole(description: string, standard: number, minimum: number, maximum: number) {
  return v.optional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(minimum),
      v.maxValue(maximum),
      v.description(`${description}; ${minimum} to ${maximum}`),
    ),
    standard,
  );
}

const { rating: standardRating, ...standard } = standardRules;

const rating = v.strictObject({
  labels: v.optional(
    v.pipe(
      v.record(v.picklist(['1', '2', '3', '4', '5']), words),
      v.description('What the levels are called on pages: { "5": 非常满意, … "1": 非常不满意 }'),
    ),
    {},
  ),
  reasons: v.optional(
    v.pipe(
      v.record(
        code,
        v.strictObject({
          label: words,
          levels: v.optional(v.array(v.picklist([1, 2, 3, 4, 5])), [1, 2]),
        }),
      ),
      v.description('Reasons that a page offers: { slow: { label: 等候时间长, levels: [1, 2] } }'),
    ),
  ),
  tooSoonSeconds: whole(
    'A rating sooner after the invitation is marked suspect',
    standardRating.tooSoonSeconds,
    0,
    60,
  ),
  shortServiceSeconds: whole(
    'A rating of a shorter service is marked suspect',
    standardRating.shortServiceSeconds,
    0,
    600,
  ),
  runOfFives: whole(
    'From so many fives in a row at one window on, each is marked suspect',
    standardRating.runOfFives,
    2,
    1000,
  ),
  callbackDays: whole(
    'Days until the author of a bad rating is called back',
    standardRating.callbackDays,
    0,
    60,
  ),
  fixDays: whole('Days until what was bad is put right', standardRating.fixDays, 0, 365),
  deadlineDays: v.optional(
    v.pipe(v.picklist(['working', 'calendar']), v.description('Which days count for these deadlines')),
    standardRating.deadlineDays,
  ),
  repeatDays: whole(
    'Two bad ratings of one staff member and matter within so many days are told',
    standardRating.repeatDays,
    1,
    365,
  ),
});

/** The `calling` section. */
export const callingSchema = v.strictObject({
  hands: v.optional(
    controllerNames(
      'Other controllers of this hall whose boards, voices, keys and printers this one leads, too',
    ),
  ),
  standbyFor: v.optional(
    v.pipe(name, v.description('Leads only after a person has it adopt the calling of this controller')),
  ),
  queues: v.record(
    name,
    v.strictObject({
      prefix: v.pipe(
        v.string(),
        v.regex(/^[A-Z]{1,2}$/, 'one or two capital letters'),
        v.description('Letters before the number: A gives A001'),
      ),
      matter: v.optional(v.pipe(v.string(), v.maxLength(80), v.description('Matter (事项) of this queue'))),
      label: v.optional(v.pipe(label, v.description('What people call the queue'))),
      windows: v.pipe(v.array(windowName), v.minLength(1), v.description('Windows that serve this queue')),
    }),
  ),
  matters: v.optional(
    v.pipe(
      v.record(
        words,
        v.strictObject({
          label: v.optional(v.pipe(label, v.description('What people call the matter'))),
          unit: v.optional(v.pipe(words, v.description('Department that answers for it, at any window'))),
        }),
      ),
      v.description('Matters (事项) by the names that queues use'),
    ),
    {},
  ),
  windows: v.optional(
    v.record(
      windowName,
      v.strictObject({
        unit: v.optional(v.pipe(v.string(), v.maxLength(80), v.description('Department of the window'))),
        staff: v.optional(
          v.pipe(v.string(), v.maxLength(40), v.description('Staff number, until somebody logs in')),
        ),
        label: v.optional(v.pipe(label, v.description('What people call the window'))),
        business: v.optional(
          v.pipe(
            label,
            v.description('What a board with words shows between calls; the queues where absent'),
          ),
        ),
        schedule: v.optional(
          v.pipe(
            v.record(timeOfDay, v.array(name)),
            v.description('From a time of day on, it serves these queues: { "13:30": [tax] }'),
          ),
        ),
      }),
    ),
    {},
  ),
  priorityOneIn: whole(
    'Of so many calls of a queue, one goes to a waiting priority ticket (1: always first)',
    standard.priorityOneIn,
    1,
    20,
  ),
  mostCalls: whole('A ticket is called so often; one more recall skips it', standard.mostCalls, 1, 20),
  returnPlaces: whole(
    'Who comes back after being skipped waits behind so many others',
    standard.returnPlaces,
    0,
    100,
  ),
  holdSeconds: whole(
    'After next has ended a service that can be rated, the call waits so long for the rating',
    standard.holdSeconds,
    0,
    120,
  ),
  lastTicketMinutes: whole(
    'No tickets in the last minutes before closing',
    standard.lastTicketMinutes,
    0,
    480,
  ),
  ticketsOutsideHours: v.optional(
    v.pipe(v.boolean(), v.description('false: no tickets while the hall is closed by its hours')),
    standard.ticketsOutsideHours,
  ),
  unattendedMinutes: whole(
    'An open window where nobody acts while people wait is told after so long',
    standard.unattendedMinutes,
    1,
    480,
  ),
  overlongMinutes: whole('A longer service is told to the duty manager', standard.overlongMinutes, 1, 480),
  pressureMinutes: whole(
    'A longer expected wait is told to the duty manager',
    standard.pressureMinutes,
    1,
    480,
  ),
  ratingSeconds: whole('How long a finished service can be rated', standardRating.ratingSeconds, 5, 600),
  publicUrl: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(300),
      v.regex(/^https?:\/\/[^\s]+$/, 'an address such as https://hall.example/t/{ticket}'),
      v.description('Address for the QR code of a ticket; {ticket} and {number} stand for its own'),
    ),
  ),
  rating: v.optional(rating, {}),
});
