/** What arrives on a connection, brought to whom it is for. */
import type { Log } from '../kernel/log.js';
import type { Topics } from '../protocols/hub/topics.js';
import type { Commands } from './commands.js';
import type { IncomingMessage, OversizedMessage } from './connection-types.js';
import type { Ghosts } from './ghosts.js';
import type { Listening } from './listening.js';

export interface InboxOptions {
  readonly topics: Topics;
  readonly log: Log;
  readonly listening: Listening;
  readonly commands: Commands;
  readonly ghosts: Ghosts;
  /** On our own status topic. */
  readonly onStatus: (payload: Uint8Array, retain: boolean) => void;
  /** As in `HubLinkOptions`. */
  readonly onDesired: ((payload: Uint8Array | undefined) => void) | undefined;
}

const nothing = new Uint8Array();

export class Inbox {
  #tooLarge = 0;

  constructor(private readonly options: InboxOptions) {}

  message(message: IncomingMessage): void {
    const { topics, listening, commands, ghosts, onStatus, onDesired } = this.options;
    const { topic, payload, retain } = message;
    listening.message(message);
    if (topic === topics.status) onStatus(payload, retain);
    else if (topic === topics.configDesired) onDesired?.(payload);
    else if (!commands.take(message)) ghosts.message(topic, payload.length, retain);
  }

  /** One whose payload was let go: whoever does not need the payload is told all the same. */
  tooLarge({ topic, bytes, retain }: OversizedMessage): void {
    const { topics, log, commands, ghosts, onStatus, onDesired } = this.options;
    if (++this.#tooLarge % 100 === 1) {
      log.warn({ topic, bytes, so: this.#tooLarge }, 'hub: a message is too large, and was passed over');
    }
    if (topic === topics.status) onStatus(nothing, retain);
    else if (topic === topics.configDesired) onDesired?.(undefined);
    else if (!commands.passedOver(topic, bytes, retain)) ghosts.message(topic, bytes, retain);
  }
}
