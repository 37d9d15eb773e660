/** Makes faults of the controller of what hub link, store and clock say of themselves. */

import type { ExpiringCertificate, HubCondition } from '../hub/types.js';
import type { Clock, Timer } from '../kernel/clock.js';
import type { StorageCondition } from '../store/types.js';
import type { FaultBook } from './fault-book.js';

const controller = 'controller';
/** A broker that is restarted is back within this time; then nobody needs to be told. */
const hubGraceMilliseconds = 3_000;

/** Watches the hub's condition; a loss counts after a moment of grace. */
export class HubFaults {
  #lost: Timer | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly faults: FaultBook,
  ) {}

  look(condition: HubCondition): void {
    const evidence = { reason: condition.detail };
    const { problem } = condition;
    if (problem === 'lost') {
      this.#lost ??= this.clock.after('hub lost', hubGraceMilliseconds, () => {
        this.faults.raise({ device: controller, code: 'controller.hub-lost', evidence });
      });
    } else {
      this.#lost?.cancel();
      this.#lost = undefined;
      this.faults.clear(controller, 'controller.hub-lost');
    }
    this.#follow('controller.hub-refused', problem === 'refused' || problem === 'not-listening', evidence);
    this.#follow('controller.duplicate-identity', problem === 'duplicate-identity', evidence);
    this.#lookAtCertificates(condition.expiring ?? []);
  }

  /** There is no hub (any more). */
  none(): void {
    this.stop();
    for (const code of ['hub-lost', 'hub-refused', 'duplicate-identity', 'certificate-expiring']) {
      this.faults.clear(controller, `controller.${code}`);
    }
  }

  stop(): void {
    this.#lost?.cancel();
    this.#lost = undefined;
  }

  /** One fault for all of them; the soonest gives its figures. */
  #lookAtCertificates(expiring: readonly ExpiringCertificate[]): void {
    const code = 'controller.certificate-expiring';
    const [first] = [...expiring].sort((one, other) => one.days - other.days);
    if (first === undefined) {
      this.faults.clear(controller, code);
      return;
    }
    const file = expiring.map(({ setting }) => setting).join(', ');
    const evidence = { days: first.days, file, expiresAt: first.expiresAt };
    this.faults.raise({ device: controller, code, evidence });
  }

  #follow(code: string, stands: boolean, evidence: { reason: string }): void {
    if (stands) this.faults.raise({ device: controller, code, evidence });
    else this.faults.clear(controller, code);
  }
}

/** Brings the storage faults up to date. */
export function lookAtStorage(condition: StorageCondition, faults: FaultBook): void {
  const dropped = Object.values(condition.dropped).reduce((sum, count) => sum + count, 0);
  if (condition.mode === 'memory') {
    const evidence = { reason: condition.error ?? 'unknown', unwrittenRecords: condition.unwrittenRecords };
    faults.raise({ device: controller, code: 'controller.storage-failed', evidence });
  } else {
    faults.clear(controller, 'controller.storage-failed');
  }
  if (condition.low) {
    faults.raise({ device: controller, code: 'controller.storage-low', evidence: { dropped } });
  } else {
    faults.clear(controller, 'controller.storage-low');
  }
}

/** Brings the clock's fault up to date. */
export function lookAtClock(clock: Clock, faults: FaultBook): void {
  if (clock.quality() === 'untrusted') {
    faults.raise({ device: controller, code: 'controller.clock-untrusted' });
  } else {
    faults.clear(controller, 'controller.clock-untrusted');
  }
}
