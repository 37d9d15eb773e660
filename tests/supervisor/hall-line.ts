/** A broker in memory for controllers of one hall: who listens hears what is sent; retained messages stand. */
import type { Heard } from '../../src/hub/listening.js';
import { matches } from '../../src/hub/listening.js';
import { HallwardError } from '../../src/kernel/errors.js';
import { Listeners } from '../../src/kernel/listeners.js';
import type { HallLine } from '../../src/supervisor/hall-line.js';

export class MemoryBroker {
  readonly retained = new Map<string, string>();
  readonly lines = new Set<MemoryLine>();
  /** Everything that was said, oldest first. */
  readonly said: { readonly topic: string; readonly payload: string }[] = [];

  line(): MemoryLine {
    const line = new MemoryLine(this);
    this.lines.add(line);
    return line;
  }

  publish(topic: string, payload: string | object, retain = false): void {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    this.said.push({ topic, payload: text });
    if (retain && text === '') this.retained.delete(topic);
    else if (retain) this.retained.set(topic, text);
    for (const line of this.lines) line.hear(topic, text, false);
  }
}

export class MemoryLine implements HallLine {
  connected = true;
  readonly #listeners = new Set<{ filter: string; heard: (message: Heard) => void }>();
  readonly #connected = new Listeners<[boolean]>();

  constructor(private readonly broker: MemoryBroker) {}

  connect(connected: boolean): void {
    this.connected = connected;
    this.#connected.tell(connected);
  }

  onConnected(listener: (connected: boolean) => void): () => void {
    return this.#connected.add(listener);
  }

  listen(filter: string, heard: (message: Heard) => void): () => void {
    const listener = { filter, heard };
    this.#listeners.add(listener);
    for (const [topic, payload] of this.broker.retained) {
      if (matches(filter, topic)) heard({ topic, payload: new TextEncoder().encode(payload), retain: true });
    }
    return () => void this.#listeners.delete(listener);
  }

  async send(topic: string, payload: object): Promise<void> {
    if (!this.connected) throw new HallwardError('hub.lost', 'absent', 'gone');
    this.broker.publish(topic, payload);
  }

  publishOnce(topic: string, payload: object): void {
    if (this.connected) this.broker.publish(topic, payload);
  }

  setRetained(topic: string, payload: object | null): void {
    this.broker.publish(topic, payload ?? '', true);
  }

  hear(topic: string, payload: string, retain: boolean): void {
    if (!this.connected) return;
    for (const { filter, heard } of [...this.#listeners]) {
      if (matches(filter, topic)) heard({ topic, payload: new TextEncoder().encode(payload), retain });
    }
  }
}
