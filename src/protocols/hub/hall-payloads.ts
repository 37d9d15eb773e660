/**
 * What the controllers of one hall say to each other: who leads a queue, who waits in it, and the heartbeats between a
 * leader and its hands. Read with the same schemas that declare them, for anybody may write to a broker.
 */
import * as v from 'valibot';
import { namePattern } from './topics.js';

const name = v.pipe(v.string(), v.regex(namePattern));
const text = v.pipe(v.string(), v.maxLength(80));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const time = v.pipe(v.string(), v.maxLength(40));

/**
 * `R/claim/{queue}`, QoS 1, retained: this controller leads a queue. Holds while its status is `online` with the same
 * session. `epoch` grows with each adoption; `since` is when it first led the queue, by a clock to be trusted or not.
 */
export const claimSchema = v.object({
  queue: name,
  epoch: count,
  since: time,
  trusted: v.boolean(),
  /** Numbers up to this one are, or may soon be, given out on `day`: nobody else uses them. */
  day: v.nullable(v.pipe(v.string(), v.maxLength(10))),
  reserved: count,
  /** Where the queue was adopted: numbers up to this one were known then. */
  known: v.optional(count),
  session: count,
});
export type Claim = v.InferOutput<typeof claimSchema>;

/** `R/waiting/{queue}`, QoS 1, retained, at most one a second: all that another controller needs to lead it. */
export const waitingSchema = v.object({
  queue: name,
  epoch: count,
  session: count,
  at: time,
  /** What people call the queue. */
  label: text,
  /** Compact; only `calling/mirror.ts` knows what is in it. */
  mirror: v.unknown(),
});
export type Waiting = v.InferOutput<typeof waitingSchema>;

/** `R/leading`, QoS 0, every 2 s: the leader lives. */
export const leadingSchema = v.object({
  session: count,
  /** Counts the heartbeats of a session. */
  beat: count,
  /** The highest of its claims: of two that lead the same hand, the later adopter counts. */
  epoch: count,
  hands: v.pipe(v.array(name), v.maxLength(64)),
  /** What takes the place of everything in the whole hall. */
  over: v.nullable(v.picklist(['fire', 'blank'])),
  /** Prefix under which a hand may give out its own numbers while the leader is away, so that none comes twice. */
  prefixes: v.record(name, v.pipe(v.string(), v.regex(/^[A-Z]{1,2}$/))),
});
export type Leading = v.InferOutput<typeof leadingSchema>;

/** `R/following`, QoS 0, the answer to a heartbeat. */
export const followingSchema = v.object({
  leader: name,
  /** The heartbeat that it answers, of which session of the leader. */
  beat: count,
  leaderSession: count,
  /** The hand's own session. */
  session: count,
  /** The hand's wall clock in milliseconds: with the heartbeat it tells how old a press is, whatever the clocks say. */
  wallMilliseconds: v.number(),
  /** `manual`: it calls its own numbers now and takes no orders. */
  mode: v.picklist(['following', 'manual']),
  /** A fire contact of the hand stands. */
  fire: v.boolean(),
});
export type Following = v.InferOutput<typeof followingSchema>;

/** What is needed of another controller's `R/status`. */
export const statusSchema = v.object({
  state: v.picklist(['online', 'stopped', 'lost']),
  session: count,
  /** Present where the broker lets a status stand for ever. */
  degraded: v.optional(v.array(v.string()), []),
});

/** What is needed of another controller's `R/device/{device}`. */
export const deviceSchema = v.object({
  kind: text,
  status: v.picklist(['good', 'maintenance-required', 'out-of-specification', 'function-check', 'failure']),
  verified: v.boolean(),
  window: v.optional(text),
  windows: v.optional(v.pipe(v.array(text), v.maxLength(256))),
  label: v.optional(text),
  place: v.optional(text),
  session: count,
});
export type SeenDevice = v.InferOutput<typeof deviceSchema>;

/** A `key.pressed` event of another controller. */
export const pressSchema = v.object({
  id: v.pipe(v.string(), v.maxLength(64)),
  time: v.pipe(v.string(), v.isoTimestamp()),
  sequence: v.pipe(v.string(), v.regex(/^\d{16}$/)),
  store: v.pipe(v.string(), v.maxLength(64)),
  data: v.object({
    device: v.pipe(v.string(), v.maxLength(40)),
    window: v.nullable(text),
    key: text,
    staff: v.optional(text),
    priority: v.optional(v.boolean(), false),
    place: v.optional(text),
  }),
});
export type SeenPress = v.InferOutput<typeof pressSchema>;

/** A reply to a command of ours. */
export const replySchema = v.object({
  id: v.pipe(v.string(), v.maxLength(64)),
  ok: v.boolean(),
  result: v.optional(v.record(v.string(), v.unknown())),
  error: v.optional(v.object({ code: v.string(), message: v.string() })),
});
