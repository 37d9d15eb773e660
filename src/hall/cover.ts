/**
 * What takes the place of everything that the hall shows: nothing (somebody blanked it) or, in a fire, the way out.
 * A fire lasts as long as its contact; blanking is a switch that is kept over restarts.
 */
import type { BoardOver } from '../devices/capabilities.js';
import type { Json } from '../kernel/json.js';
import type { Language, Text } from '../kernel/text.js';
import type { NewEvent } from '../protocols/hub/events.js';
import type { HallChange, HallPorts } from './ports.js';

const blankKey = 'hall/blank';

const wayOut: Text = {
  'zh-CN': '请立即从安全出口离开',
  en: 'Please leave by the nearest exit now',
};

export class Cover {
  readonly #fires = new Set<string>();
  #blank: boolean;
  /** What stands in the whole hall, by the controller that leads it. */
  #led: 'fire' | 'blank' | null = null;

  /** @param changed told when something else is to be shown. */
  constructor(
    private readonly ports: HallPorts,
    private readonly changed: () => void,
  ) {
    this.#blank = ports.state.get(blankKey) === true;
  }

  /** The fire alarm stands: nothing is called and no tickets are given out. */
  get isFire(): boolean {
    return this.#fires.size > 0 || this.#led === 'fire';
  }

  /** Devices of this controller, or other controllers, whose fire contact stands. */
  get hasFireHere(): boolean {
    return this.#fires.size > 0;
  }

  get isBlank(): boolean {
    return this.#blank;
  }

  /** What to show, `null` for what is usual. */
  over(language: Language): BoardOver | null {
    if (this.isFire) return { kind: 'text', text: wayOut[language], urgent: true };
    return this.#blank || this.#led === 'blank' ? { kind: 'blank' } : null;
  }

  /** What is said in a fire. */
  get fireWords(): Text {
    return wayOut;
  }

  /** A fire contact has closed or opened again. People are told first; the record follows. */
  fire(device: string, active: boolean): void {
    if (this.#fires.has(device) === active) return;
    if (active) this.#fires.add(device);
    else this.#fires.delete(device);
    this.changed();
    this.ports.commit({ events: [alarm('fire', active, device)] });
    if (active) this.ports.raise({ device, code: 'hall.fire-alarm' });
    else this.ports.clear(device, 'hall.fire-alarm');
  }

  /** What another controller of the hall says of its fire contacts; it has recorded and told that itself. */
  fireElsewhere(controller: string, active: boolean): void {
    const name = `${controller}/fire`;
    if (this.#fires.has(name) === active) return;
    if (active) this.#fires.add(name);
    else this.#fires.delete(name);
    this.changed();
  }

  /** What takes the place of everything in the whole hall, as its leader says; `null` for nothing. */
  follow(led: 'fire' | 'blank' | null): void {
    if (this.#led === led) return;
    this.#led = led;
    this.changed();
  }

  /** What to record for blanking or its end; shown by `afterSync`. */
  blank(
    active: boolean,
    device: string | null,
  ): { readonly change: HallChange; readonly afterSync: () => void } {
    const puts: Record<string, Json> = { [blankKey]: active ? true : null };
    return {
      change: { events: [alarm('blank', active, device)], puts },
      afterSync: () => {
        if (this.#blank === active) return;
        this.#blank = active;
        this.changed();
      },
    };
  }
}

function alarm(kind: 'fire' | 'blank', active: boolean, device: string | null): NewEvent {
  return { type: 'hall.alarm', subject: device ?? 'controller', data: { kind, active, device } };
}
