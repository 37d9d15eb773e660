/** What every bus is, whatever it carries: a name, a state that is told, one owner, and an end. */
import type { HallwardError } from '../kernel/errors.js';

export type WireState = 'opening' | 'open' | 'lost' | 'closed';

/** Calls to people go before commands, and these before polls. */
export type Priority = 'call' | 'command' | 'poll';

export interface BusBase {
  readonly name: string;
  readonly state: WireState;
  /** Why the wire is lost, while it is. */
  readonly lostBecause: HallwardError | undefined;
  /**
   * Grows with everything that was sent: what proves that work is done. `null` while the far end takes nothing: that
   * is its fault, and proves nothing.
   */
  readonly sent: number | null;
  /** Told when the wire opens or is lost, and when noise passes or falls under its limit. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}
