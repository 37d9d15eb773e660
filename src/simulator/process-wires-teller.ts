/** The bound of what passes to a child by `process-wires-host.ts`. */
import type { GpioLine } from '../transports/ports-gpio.js';
import type { Told } from './process-wires-messages.js';

/** Of each wire, bytes that the child has left lying at most; a port's driver keeps 4 to 64 KiB. */
const mostUnreadBytes = 65_536;
/** Of each wire, messages that the child has left lying; from then on only the newest level of each line is kept. */
const mostUnreadMessages = 256;

/** What one open wire tells the child, bounded while the child does not read. */
export class Teller {
  #bytes = 0;
  #messages = 0;
  readonly #levels = new Map<GpioLine, boolean>();
  #isChanged: (() => boolean | null) | undefined;

  /**
   * @param tell sends to the child; calls `sent` once the system has taken it
   * @param lost told of bytes that found no room
   */
  constructor(
    private readonly tell: (told: Told, sent: () => void) => void,
    private readonly lost: (bytes: number) => void,
  ) {}

  bytes(chunk: Uint8Array): void {
    const room = this.#messages < mostUnreadMessages * 16 ? Math.max(0, mostUnreadBytes - this.#bytes) : 0;
    if (chunk.length > room) this.lost(chunk.length - room);
    const bytes = chunk.subarray(0, room);
    if (bytes.length > 0) this.#send({ bytes }, bytes.length);
  }

  level(line: GpioLine, active: boolean): void {
    if (this.#messages >= mostUnreadMessages) this.#levels.set(line, active);
    else this.#send({ line, active }, 0);
  }

  changed(present: () => boolean | null): void {
    if (this.#messages >= mostUnreadMessages) this.#isChanged = present;
    else this.#send({ changed: true, present: present() }, 0);
  }

  #send(told: Told, bytes: number): void {
    this.#messages++;
    this.#bytes += bytes;
    this.tell(told, () => {
      this.#messages--;
      this.#bytes -= bytes;
      if (this.#messages === 0) this.#catchUp();
    });
  }

  #catchUp(): void {
    const levels = [...this.#levels];
    this.#levels.clear();
    for (const [line, active] of levels) this.level(line, active);
    const changed = this.#isChanged;
    this.#isChanged = undefined;
    if (changed !== undefined) this.changed(changed);
  }
}
