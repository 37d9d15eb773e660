/**
 * The CloudEvents envelope as text: built once, stored and sent as it is, and read back by position instead of
 * being parsed. The order of the members is fixed here and `data` is last, so the first match of each mark below is
 * the envelope's own (a quote inside a subject is escaped).
 */
import { rfc3339, type TimeQuality } from '../kernel/clock.js';
import { type EventType, eventTypes, formatSequence, type KeepClass } from '../protocols/hub/events.js';
import type { StoredEvent } from './types.js';

/** A stored event with what the store itself needs to know of it. */
export interface Entry extends StoredEvent {
  /** Length of `json` in UTF-8. */
  readonly bytes: number;
  /** Its time, RFC 3339. */
  readonly at: string;
}

/** What makes one event. `subject` and `data` are JSON already. */
export interface EnvelopeParts {
  readonly id: string;
  readonly subject: string;
  readonly type: EventType;
  readonly time: string;
  readonly sequence: number;
  readonly quality: TimeQuality;
  readonly data: string;
}

/** Builds the envelopes of one process of one store. */
export function envelopeBuilder(
  source: string,
  store: string,
  boot: string,
): (parts: EnvelopeParts) => Entry {
  const afterId = `","source":${JSON.stringify(source)},"subject":`;
  const afterSequence = `","store":${JSON.stringify(store)},"boot":${JSON.stringify(boot)},"timequality":"`;
  return ({ id, subject, type, time, sequence, quality, data }) => {
    const json =
      `{"specversion":"1.0","id":"${id}${afterId}${subject},"type":"${type}","time":"${time}",` +
      `"datacontenttype":"application/json","sequence":"${formatSequence(sequence)}${afterSequence}${quality}",` +
      `"data":${data}}`;
    return { sequence, type, json, bytes: Buffer.byteLength(json), at: time };
  };
}

const typeMark = ',"type":"';
const timeMark = '","time":"';
const sequenceMark = '","sequence":"';
const qualityMark = '","timequality":"';
const untrusted = 'untrusted"';

/** A stored line as an event; `undefined` where it is none (a foreign or broken line). */
export function readEnvelope(json: string, bytes: number): Entry | undefined {
  const typeAt = json.indexOf(typeMark) + typeMark.length;
  const timeAt = json.indexOf(timeMark, typeAt);
  const sequenceAt = json.indexOf(sequenceMark, timeAt);
  if (typeAt < typeMark.length || timeAt < 0 || sequenceAt < 0) return undefined;
  const timeStart = timeAt + timeMark.length;
  const sequenceStart = sequenceAt + sequenceMark.length;
  const sequence = Number(json.slice(sequenceStart, json.indexOf('"', sequenceStart)));
  if (!Number.isSafeInteger(sequence) || sequence < 1) return undefined;
  const type = json.slice(typeAt, timeAt) as EventType;
  return { sequence, type, json, bytes, at: json.slice(timeStart, json.indexOf('"', timeStart)) };
}

/** The store id in a stored line. */
export function storeOfEnvelope(json: string): string | undefined {
  return /","store":"([^"]+)"/.exec(json)?.[1];
}

/** Whether the time was known to be wrong when the event was recorded. */
export function isUntrusted(json: string): boolean {
  const quality = json.indexOf(qualityMark);
  return quality >= 0 && json.startsWith(untrusted, quality + qualityMark.length);
}

/** The event with its time moved and the quality `holdover`, if its time was untrusted; else the same. */
export function correctEnvelope<Event extends Entry>(event: Event, addMilliseconds: number): Event {
  const { json } = event;
  const quality = json.indexOf(qualityMark) + qualityMark.length;
  if (quality < qualityMark.length || !json.startsWith(untrusted, quality)) return event;
  const moved = Date.parse(event.at) + addMilliseconds;
  if (!(Math.abs(moved) <= 8.64e15)) return event;
  const at = rfc3339(moved);
  const timeStart = json.indexOf(timeMark, json.indexOf(typeMark)) + timeMark.length;
  const corrected =
    json.slice(0, timeStart) +
    at +
    json.slice(timeStart + event.at.length, quality) +
    'holdover"' +
    json.slice(quality + untrusted.length);
  return { ...event, json: corrected, at, bytes: Buffer.byteLength(corrected) };
}

/** When an event of this type is let go; one that this version does not know is kept as long as a ticket. */
export function keepClassOf(type: EventType): KeepClass {
  return eventTypes[type]?.keep ?? 5;
}
