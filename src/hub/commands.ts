/** Commands as they arrive. */
import { createHash } from 'node:crypto';
import { largestCommandBytes } from '../protocols/hub/commands.js';
import type { IncomingMessage } from './connection-types.js';
import type { RawCommand } from './types.js';

/** Retained commands remembered, so that each is refused once and not at every reconnect. */
const maximumRemembered = 256;

export class Commands {
  readonly #prefix: string;
  readonly #refused = new Set<string>();

  /** @param filter `…/command/+`. */
  constructor(
    filter: string,
    private readonly onCommand: (command: RawCommand) => void,
  ) {
    this.#prefix = filter.slice(0, -1);
  }

  /** True where the message was a command's; it has been told then. */
  take(message: IncomingMessage): boolean {
    const { topic, payload, retain, responseTopic } = message;
    if (!topic.startsWith(this.#prefix)) return false;
    // An empty retained message only clears the topic.
    if (payload.length === 0 && retain) return true;
    if (retain && this.#known(topic, payload)) return true;
    const name = topic.slice(this.#prefix.length);
    const tooLarge = payload.length > largestCommandBytes(name);
    this.onCommand({
      name,
      payload: tooLarge ? new Uint8Array() : payload,
      retained: retain,
      tooLarge,
      ...(responseTopic === undefined ? {} : { responseTopic }),
    });
    return true;
  }

  /** As `take`, for one of `bytes` that was too large even to be collected. */
  passedOver(topic: string, bytes: number, retain: boolean): boolean {
    if (!topic.startsWith(this.#prefix)) return false;
    if (retain && this.#known(topic, `${bytes} bytes`)) return true;
    const name = topic.slice(this.#prefix.length);
    this.onCommand({ name, payload: new Uint8Array(), retained: retain, tooLarge: true });
    return true;
  }

  #known(topic: string, payload: Uint8Array | string): boolean {
    const key = createHash('sha256').update(topic).update('\0').update(payload).digest('base64');
    if (this.#refused.has(key)) return true;
    const [oldest] = this.#refused;
    if (this.#refused.size >= maximumRemembered && oldest !== undefined) this.#refused.delete(oldest);
    this.#refused.add(key);
    return false;
  }
}
