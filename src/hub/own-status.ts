/** What is seen on our own status topic, and what it means. */
import * as v from 'valibot';
import type { HubIdentity } from './types.js';

const statusSchema = v.object({
  state: v.picklist(['online', 'stopped', 'lost']),
  session: v.number(),
  connection: v.number(),
  startedAt: v.string(),
});

/**
 * - `ours`: our newest birth; all is well.
 * - `overwritten`: anything else that came after our birth (an old will that arrived late, a cleared topic).
 * - `before`: what stood there before our birth; of no consequence.
 * - `twin`: proof that another living controller uses our identity.
 */
export type Sighting = 'ours' | 'overwritten' | 'before' | 'twin';

/**
 * Tells an old self from a second board. Brokers such as mosquitto 2.0.11 close a connection that was taken over
 * without a word, so the status topic is what shows it: a foreign birth after ours, or a foreign start whose
 * connections go on growing. A dead predecessor's status, even one restored by a broker's old snapshot, never grows.
 */
export class OwnStatus {
  #foreign: { readonly key: string; readonly connection: number } | undefined;

  constructor(private readonly identity: Pick<HubIdentity, 'session' | 'startedAt'>) {}

  /**
   * @param payload as it came, from anybody.
   * @param stood it stood at the broker when we subscribed, which was before our birth.
   * @param connection our present connection.
   */
  see(payload: Uint8Array, stood: boolean, connection: number): Sighting {
    const status = parseStatus(payload);
    if (status === undefined) return stood ? 'before' : 'overwritten';
    const own = status.session === this.identity.session && status.startedAt === this.identity.startedAt;
    if (own && status.connection === connection && status.state === 'online') return 'ours';
    if (own && status.connection <= connection) return stood ? 'before' : 'overwritten';
    const key = `${status.session} ${status.startedAt}`;
    const grown = this.#foreign?.key === key && status.connection > this.#foreign.connection;
    this.#foreign = { key, connection: status.connection };
    if (grown || (!stood && status.state === 'online')) return 'twin';
    return stood ? 'before' : 'overwritten';
  }
}

function parseStatus(payload: Uint8Array): v.InferOutput<typeof statusSchema> | undefined {
  if (payload.length === 0 || payload.length > 16_384) return undefined;
  try {
    const parsed = v.safeParse(statusSchema, JSON.parse(Buffer.from(payload).toString('utf8')));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
