/** Events that were asked for again: sent once more as they were, each answered for on its own. */
import { HallwardError } from '../kernel/errors.js';
import { type EventType, eventContentType } from '../protocols/hub/events.js';
import type { StoredEvent } from '../store/types.js';
import { reasonWords } from './broker-words.js';
import type { Publication, PublishPort } from './publish-port.js';

interface Resend extends Publication {
  readonly event: StoredEvent;
  readonly failed: (error: HallwardError) => void;
  flying: boolean;
}

/** Not bounded itself: whoever adds waits for the answers. */
export class Resends {
  readonly #resends = new Set<Resend>();
  #port: PublishPort | undefined;

  constructor(private readonly topicOf: (type: EventType) => string) {}

  /** Resolves when the broker has taken it; rejects with `hub.lost` (absent) or `hub.refused` (refused). */
  add(event: StoredEvent): Promise<void> {
    return new Promise((resolve, reject) => {
      const resend: Resend = {
        event,
        failed: reject,
        flying: false,
        sentAtMilliseconds: 0,
        acknowledged: (reasonCode) => {
          this.#resends.delete(resend);
          if (reasonCode === 0) resolve();
          else reject(new HallwardError('hub.refused', 'refused', reasonWords(reasonCode), { reasonCode }));
        },
      };
      if (this.#port === undefined) {
        reject(lost());
        return;
      }
      this.#resends.add(resend);
      this.go();
    });
  }

  up(port: PublishPort): void {
    this.#port = port;
  }

  /** The connection has ended: what was under way is in doubt, and who asked may ask again. */
  down(): void {
    this.#port = undefined;
    for (const resend of this.#resends) resend.failed(lost());
    this.#resends.clear();
  }

  go(): void {
    for (const resend of this.#resends) {
      if (resend.flying) continue;
      if (this.#port === undefined || !this.#port.hasRoom('state')) return;
      resend.flying = true;
      const { event } = resend;
      this.#port.publish(this.topicOf(event.type), event.json, { contentType: eventContentType }, resend);
    }
  }
}

function lost(): HallwardError {
  return new HallwardError('hub.lost', 'absent', 'The connection to the hub is gone.');
}
