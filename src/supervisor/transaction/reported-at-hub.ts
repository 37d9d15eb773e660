import type { ConfigReported } from '../../protocols/hub/payloads.js';
import type { Topics } from '../../protocols/hub/topics.js';
import type { HubSlot } from '../hub-slot.js';
import type { GateHub } from './gate.js';

/** The retained report on the configuration, and the question to the hub that the gate asks by it. */
export class ReportedAtHub implements GateHub {
  #reported: ConfigReported | undefined;

  constructor(
    private readonly hub: Pick<HubSlot, 'connected' | 'isRefusing' | 'send' | 'setRetained'>,
    private readonly topics: Topics,
  ) {}

  /** Brings the retained report up to date. */
  publish(reported: ConfigReported): void {
    this.#reported = reported;
    this.hub.setRetained(this.topics.configReported, reported);
  }

  get connected(): boolean {
    return this.hub.connected;
  }

  get isRefusing(): boolean {
    return this.hub.isRefusing;
  }

  /** Says nothing that does not stand there already. */
  acknowledged(): Promise<void> {
    return this.hub.send(this.topics.configReported, this.#reported ?? {});
  }
}
