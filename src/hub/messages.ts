/** Messages to other controllers, QoS 1: sent now or not at all, for an order that comes late is a wrong one. */
import { HallwardError } from '../kernel/errors.js';
import { reasonWords } from './broker-words.js';
import type { Publication, PublishPort } from './publish-port.js';

/** More than any hall has under way. */
const mostWaiting = 512;

interface Message extends Publication {
  readonly topic: string;
  readonly payload: string;
  readonly failed: (error: HallwardError) => void;
  flying: boolean;
}

export class Messages {
  readonly #messages = new Set<Message>();
  #port: PublishPort | undefined;

  /**
   * Resolves when the broker has taken it, whether anybody subscribes or not; rejects with `hub.lost` (absent),
   * `hub.refused` (refused), `hub.busy` (busy).
   */
  send(topic: string, payload: object): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#port === undefined) {
        reject(lost());
        return;
      }
      if (this.#messages.size >= mostWaiting) {
        reject(new HallwardError('hub.busy', 'busy', 'Too many messages wait for the broker.'));
        return;
      }
      const message: Message = {
        topic,
        payload: JSON.stringify(payload),
        failed: reject,
        flying: false,
        sentAtMilliseconds: 0,
        acknowledged: (reasonCode) => {
          this.#messages.delete(message);
          if (reasonCode < 0x80) resolve();
          else
            reject(
              new HallwardError('hub.refused', 'refused', reasonWords(reasonCode), { reasonCode, topic }),
            );
        },
      };
      this.#messages.add(message);
      this.go();
    });
  }

  up(port: PublishPort): void {
    this.#port = port;
  }

  /** The connection has ended: what was under way is in doubt. */
  down(): void {
    this.#port = undefined;
    for (const message of this.#messages) message.failed(lost());
    this.#messages.clear();
  }

  go(): void {
    for (const message of this.#messages) {
      if (message.flying) continue;
      if (this.#port === undefined || !this.#port.hasRoom('state')) return;
      message.flying = true;
      this.#port.publish(message.topic, message.payload, {}, message);
    }
  }
}

function lost(): HallwardError {
  return new HallwardError('hub.lost', 'absent', 'The connection to the broker is gone.');
}
