/** Durable events in the AsyncAPI document: one channel, a message for each type. */
import { eventContentType, eventTypes } from '../events.js';
import { type JsonSchema, jsonSchemaOf, reference } from './schemas.js';

/** The CloudEvents 1.0 envelope as this protocol fills it; `type` and `data` are narrowed by each message. */
export const envelopeSchema: JsonSchema = {
  title: 'CloudEvents 1.0 envelope',
  type: 'object',
  properties: {
    specversion: { const: '1.0' },
    id: { type: 'string', description: 'UUIDv7; the same on a resend' },
    source: { type: 'string', description: '/hallward/{hall}/{controller}' },
    subject: { type: 'string', description: 'a device, a bus, a window, a queue, or controller' },
    type: { type: 'string' },
    time: { type: 'string', description: 'RFC 3339, UTC, with milliseconds' },
    datacontenttype: { const: 'application/json' },
    sequence: {
      type: 'string',
      pattern: '^[0-9]{16}$',
      description: 'counts 1, 2, 3 … without a gap for one store',
    },
    store: { type: 'string', description: 'a new one only if the storage was lost' },
    boot: { type: 'string', description: "of the machine's boot" },
    timequality: { enum: ['synced', 'holdover', 'untrusted'] },
    data: { type: 'object' },
  },
  required: [
    'specversion',
    'id',
    'source',
    'subject',
    'type',
    'time',
    'datacontenttype',
    'sequence',
    'store',
    'boot',
    'timequality',
    'data',
  ],
};

/** Messages by event type. */
export function eventMessages(): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(eventTypes).map(([type, { data }]) => [
      type,
      {
        name: type,
        title: titleOf(type),
        contentType: eventContentType,
        payload: {
          allOf: [
            reference('components', 'schemas', 'envelope'),
            { type: 'object', properties: { type: { const: type }, data: jsonSchemaOf(data) } },
          ],
        },
      },
    ]),
  );
}

/** `rating.repeat-bad` as "Rating repeat bad". */
function titleOf(type: string): string {
  const words = type.replaceAll(/[.-]/g, ' ');
  return words[0]?.toUpperCase() + words.slice(1);
}
