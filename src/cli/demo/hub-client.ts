/** Clients of the demo's broker, as independent programs have them: the npm package mqtt, nothing of the controller. */
import { connect, type MqttClient } from 'mqtt';

const reconnectMilliseconds = 300;

/**
 * A client that connects by itself, again and again.
 * @param keepsSession the broker keeps its subscriptions, and messages for them, while it is away.
 */
export function hubClient(port: number, name: string, keepsSession = false): MqttClient {
  const client = connect({
    host: '127.0.0.1',
    port,
    protocolVersion: 4,
    clientId: `hallward-demo-${name}`,
    clean: !keepsSession,
    reconnectPeriod: reconnectMilliseconds,
    connectTimeout: 2_000,
    queueQoSZero: false,
    resubscribe: false,
  });
  // A broker that is away is what the demo shows; the client tries again.
  client.on('error', () => {});
  return client;
}

/** Ends a client whatever it is doing. */
export async function endClient(client: MqttClient): Promise<void> {
  await client.endAsync(true).catch(() => {});
}
