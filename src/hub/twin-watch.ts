/** Whether another controller uses our identity (a cloned SD card), by our own status topic and by our client id. */
import type { Clock, Timer } from '../kernel/clock.js';
import type { Log } from '../kernel/log.js';
import { OwnStatus } from './own-status.js';
import type { HubIdentity } from './types.js';

/** After this long without a sign of it, it counts as gone. */
const goneMilliseconds = 600_000;

export class TwinWatch {
  readonly #ownStatus: OwnStatus;
  #gone: Timer | undefined;
  #stopped = false;

  /** @param changed told when `isSeen` may have changed */
  constructor(
    identity: HubIdentity,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly changed: () => void,
  ) {
    this.#ownStatus = new OwnStatus(identity);
  }

  /** It gave a sign of itself within the last ten minutes. */
  get isSeen(): boolean {
    return this.#gone !== undefined;
  }

  /**
   * A message on our own status topic; the parameters are those of `OwnStatus.see`. True where ours does not stand
   * there any more.
   */
  status(payload: Uint8Array, stood: boolean, connection: number): boolean {
    const sighting = this.#ownStatus.see(payload, stood, connection);
    if (sighting === 'twin') this.seen();
    return sighting === 'twin' || sighting === 'overwritten';
  }

  /** Here it is: somebody connected with our client id, for instance. */
  seen(): void {
    if (this.#stopped) return;
    if (!this.isSeen) this.log.error({}, 'hub: another controller uses the identity of this one');
    this.#gone?.cancel();
    this.#gone = this.clock.after('hub.twin-gone', goneMilliseconds, () => {
      this.#gone = undefined;
      this.changed();
    });
    this.changed();
  }

  stop(): void {
    this.#stopped = true;
    this.#gone?.cancel();
  }
}
