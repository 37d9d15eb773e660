/** A hub in this process, without a broker: takes what a controller publishes and acknowledges it a moment later. */
import { EventPump } from '../../../../src/hub/event-pump.js';
import type { HubLinkOptions } from '../../../../src/hub/types.js';
import type { HubLine, LinkHub } from '../../../../src/supervisor/hub-slot.js';
import type { HallEvent } from '../events.js';
import type { Payload, Reply } from '../watcher.js';
import type { MachineClock } from './day-clock.js';
import { root } from './plan.js';

/** From a message to its PUBACK. */
const acknowledgeMilliseconds = 15;

export class MemoryHub {
  /** What stands retained, by topic below the controller's root. */
  readonly retained = new Map<string, Payload>();
  /** Events that came again, with the same content. */
  repeated = 0;
  /** Changes of anything. */
  messages = 0;
  /** Told of each event at its first arrival. */
  onEvent: (event: HallEvent) => void = () => {};
  onReply: (reply: Reply) => void = () => {};
  readonly #texts = new Map<string, string>();
  #commands: HubLinkOptions['onCommand'] | undefined;

  /** Sends a command; it is lost where no controller is connected. */
  command(name: string, payload: object): void {
    this.#commands?.({
      name,
      payload: Buffer.from(JSON.stringify(payload)),
      retained: false,
      tooLarge: false,
    });
  }

  /** The link of one machine, which nothing leaves once it has no power. */
  linkFor(machine: MachineClock): LinkHub {
    return (options) => this.#link(machine, options);
  }

  /** The machine has no power any more. */
  disconnected(): void {
    this.#commands = undefined;
  }

  #link(machine: MachineClock, options: HubLinkOptions): HubLine {
    const { outbox, clock, log, topics, onCommand, onChange } = options;
    const pump = new EventPump({ outbox, topicOf: topics.event, clock, log, onHeld: () => {} });
    const unless = (run: () => void) => {
      if (!machine.isOff) run();
    };
    return {
      start: () => {
        this.#commands = onCommand;
        pump.up({
          hasRoom: () => !machine.isOff,
          publish: (_topic, payload, _options, publication) => {
            publication.sentAtMilliseconds = clock.monotonicMilliseconds();
            unless(() => this.#event(payload));
            clock.after('hub acknowledges', acknowledgeMilliseconds, () => {
              publication.acknowledged(0);
              pump.go();
            });
          },
        });
        onChange({
          connected: true,
          sinceMonotonicMilliseconds: clock.monotonicMilliseconds(),
          detail: '',
          heldTypes: [],
          degraded: [],
        });
      },
      setRetained: (topic, payload) => unless(() => this.#stand(topic, payload)),
      bookComplete: () => {},
      announce: () => {},
      publishReply: (_topic, payload) => unless(() => this.onReply(payload as Reply)),
      publishHealth: () => {},
      sendAgain: async () => {},
      // There is nobody else in this hall.
      listen: () => () => {},
      send: async () => {},
      publishOnce: () => {},
      stop: async () => pump.close(),
    };
  }

  #stand(topic: string, payload: object | null): void {
    const name = topic.slice(root.length + 1);
    this.messages++;
    // As it goes over the wire.
    if (payload === null) this.retained.delete(name);
    else this.retained.set(name, JSON.parse(JSON.stringify(payload)));
  }

  #event(text: string): void {
    this.messages++;
    const event = JSON.parse(text) as HallEvent;
    const key = `${event.store} ${event.sequence}`;
    const before = this.#texts.get(key);
    if (before === undefined) {
      this.#texts.set(key, text);
      this.onEvent(event);
    } else if (before === text) this.repeated++;
    else throw new Error(`two events are ${key}:\n${before}\n${text}`);
  }
}
