/** MQTT.js, reduced to one connection: no reconnecting, no resending, no offline queue of its own. */
import type { Socket } from 'node:net';
import type { IClientPublishOptions, MqttClient } from 'mqtt';
import type { ConnectionOptions } from './connection-types.js';
import type { MessageOptions } from './publish-port.js';

/** What is used of MQTT.js; handed in, because a hall without a hub never loads it. */
export type Mqtt = Pick<typeof import('mqtt'), 'MqttClient' | 'Store' | 'UniqueMessageIdProvider'>;

/** Both sides find a dead peer within one and a half times this. */
const keepAliveSeconds = 10;

/**
 * Sends CONNECT on a stream. No Maximum Packet Size is announced (MQTT 5, section 3.1.2.11.4): the broker would drop what
 * is larger without a word, and whoever sent it would wait for an answer.
 */
export function mqttClient(
  mqtt: Mqtt,
  stream: Socket,
  { protocol, credentials, will, clientId }: ConnectionOptions,
): MqttClient {
  const { username, password } = credentials;
  return new mqtt.MqttClient(() => stream, {
    protocolVersion: protocol,
    clientId,
    clean: true,
    keepalive: keepAliveSeconds,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    connectTimeout: 60_000,
    // Its log would show passwords where DEBUG is set.
    log: () => {},
    messageIdProvider: new mqtt.UniqueMessageIdProvider(),
    // Packets may still be handled after the end, and the store that MQTT.js makes throws once it is closed.
    incomingStore: new mqtt.Store({ clean: false }),
    outgoingStore: new mqtt.Store({ clean: false }),
    ...(will === undefined
      ? {}
      : {
          will: {
            topic: will.topic,
            payload: Buffer.from(will.payload),
            qos: 1 as const,
            retain: will.retain ?? true,
          },
        }),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(protocol === 5 ? { properties: { receiveMaximum: 64 } } : {}),
  });
}

/** How a message is published; what only MQTT 5 can say is left out with 3.1.1. */
export function publishOptions(protocol: 5 | 4, options: MessageOptions, qos: 0 | 1): IClientPublishOptions {
  const { retain = false, expirySeconds, contentType } = options;
  if (protocol !== 5 || (expirySeconds === undefined && contentType === undefined)) return { qos, retain };
  return {
    qos,
    retain,
    properties: {
      ...(expirySeconds === undefined ? {} : { messageExpiryInterval: expirySeconds }),
      ...(contentType === undefined ? {} : { contentType }),
    },
  };
}
