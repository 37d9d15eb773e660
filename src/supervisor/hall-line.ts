/** The broker as the controllers of one hall use it among each other. */
import type { Heard, ListenOptions } from '../hub/listening.js';

export interface HallLine {
  readonly connected: boolean;
  onConnected(listener: (connected: boolean) => void): () => void;
  listen(filter: string, heard: (message: Heard) => void, options?: ListenOptions): () => void;
  /** QoS 1, now or not at all. Rejects with `hub.lost`, `hub.refused`, `hub.busy`. */
  send(topic: string, payload: object): Promise<void>;
  /** QoS 0. */
  publishOnce(topic: string, payload: object): void;
  /** What should stand on a topic of our own; `null` clears it. */
  setRetained(topic: string, payload: object | null): void;
}
