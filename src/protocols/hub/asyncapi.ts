/**
 * The AsyncAPI 3 document of the hub protocol (https://www.asyncapi.com/docs/reference/specification/v3.0.0), from the
 * declarations that check what is sent and received. Operations are seen from the controller.
 */
import {
  commandMessages,
  commandOperations,
  commandSharedSchemas,
  replyMessages,
} from './asyncapi/commands.js';
import { envelopeSchema, eventMessages } from './asyncapi/events.js';
import { jsonSchemaOf, reference } from './asyncapi/schemas.js';
import { addresses, type TopicDeclaration, topicDeclarations } from './asyncapi/topics.js';
import { commands } from './commands.js';
import { eventTypes } from './events.js';
import { clientIdOf } from './topics.js';

/** Of the protocol, not of this program: it changes with the topics' `v1`. */
const protocolVersion = '1.0.0';
const bindingVersion = '0.2.0';
const statusExpirySeconds = 25;

const parameters: Readonly<Record<string, object>> = {
  hall: { description: 'name of the hall, [a-z0-9-]{1,40}', examples: ['jinshan'] },
  controller: { description: 'name of the controller in its hall, [a-z0-9-]{1,40}', examples: ['row-a'] },
  device: {
    description: 'name of a device; of a fault also of a bus, or controller',
    examples: ['board-5', 'controller'],
  },
  code: { description: 'code of the fault (hallward faults)', examples: ['bus.lost'] },
  queue: { description: 'name of a queue', examples: ['general'] },
  window: { description: 'name of a window', examples: ['5'] },
  id: { description: 'the id of the command', location: '$message.payload#/id' },
  type: { description: 'type of the event', enum: Object.keys(eventTypes) },
  name: { description: 'name of the command', enum: Object.keys(commands) },
};

/** The whole document, a JSON value. */
export function asyncApiDocument(): object {
  const topics = Object.entries(topicDeclarations);
  return {
    asyncapi: '3.0.0',
    id: 'urn:hallward:v1',
    info: {
      title: 'Hallward controller',
      version: protocolVersion,
      description:
        'What a controller of a service hall says over MQTT, and what it takes. 服务大厅控制器的 MQTT 接口。 ' +
        'Payloads are UTF-8 JSON objects; keys that are not listed may be added. Times are RFC 3339 UTC.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { hub: hub() },
    channels: {
      ...Object.fromEntries(topics.map(([key, topic]) => [key, topicChannel(key, topic)])),
      event: {
        ...channel(addresses.event('{type}'), 'Durable events', '持久事件，至少送达一次，按 sequence 有序'),
        messages: eventMessages(),
      },
      command: {
        ...channel(addresses.command('{name}'), 'Commands', '命令；不得保留（retain）'),
        messages: commandMessages(),
      },
      reply: {
        ...channel(addresses.reply('{id}'), 'Replies to commands', '命令的应答'),
        messages: replyMessages(),
      },
    },
    operations: {
      ...Object.fromEntries(topics.flatMap(([key, topic]) => topicOperations(key, topic))),
      'send.event': {
        action: 'send',
        channel: reference('channels', 'event'),
        title: 'Tells what happened',
        bindings: mqtt(1, false),
      },
      ...commandOperations(),
    },
    components: { schemas: { envelope: envelopeSchema, ...commandSharedSchemas } },
  };
}

function hub(): object {
  return {
    host: '{host}:{port}',
    protocol: 'mqtts',
    protocolVersion: '5',
    title: 'The hub',
    description:
      'An MQTT 5 broker; one that speaks only 3.1.1 gets the same payloads, and status.degraded names what cannot ' +
      'hold there. mqtt (port 1883) where the broker is on the same machine. MQTT 服务器。',
    variables: {
      host: { description: 'name of the broker', examples: ['hub.jinshan.example'] },
      port: { default: '8883' },
    },
    bindings: {
      mqtt: {
        clientId: clientIdOf('{hall}', '{controller}'),
        cleanSession: true,
        lastWill: {
          topic: addresses.status,
          qos: 1,
          retain: true,
          message: 'the status with state: lost',
        },
        bindingVersion,
      },
    },
  };
}

function channel(address: string, title: string, description: string) {
  const names = [...address.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  return {
    address,
    title,
    description,
    parameters: Object.fromEntries(names.map((name) => [name, parameters[name]])),
  };
}

function topicChannel(key: string, { address, about, payload }: TopicDeclaration): object {
  const message = { name: key, title: about.en, description: about['zh-CN'], payload: jsonSchemaOf(payload) };
  return { ...channel(address, about.en, about['zh-CN']), messages: { [key]: message } };
}

function topicOperations(key: string, { does, about, qos, retained }: TopicDeclaration) {
  const expiry = key === 'status' ? { messageExpiryInterval: statusExpirySeconds } : {};
  const cleared = retained === 'while-true' ? { 'x-cleared': 'by an empty retained message' } : {};
  return does.map((action): [string, object] => [
    `${action}.${key}`,
    {
      action,
      channel: reference('channels', key),
      title: action === 'send' ? about.en : `Hears: ${about.en}`,
      description: about['zh-CN'],
      bindings: mqtt(qos, retained !== false, expiry),
      ...cleared,
    },
  ]);
}

function mqtt(qos: 0 | 1, retain: boolean, more: object = {}): object {
  return { mqtt: { qos, retain, ...more, bindingVersion } };
}
