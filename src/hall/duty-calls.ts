/** Makes faults for the duty manager (大厅值班长) of what calling says needs somebody. */
import type { Attention } from '../calling/attention.js';
import type { Evidence } from '../kernel/errors.js';
import type { HallPorts } from './ports.js';

const codes = ['queue.pressure', 'service.overlong'] as const;

export class DutyCalls {
  /** What stands, as `code part`. */
  standing: ReadonlySet<string> = new Set();
  #told = '';

  constructor(private readonly ports: Pick<HallPorts, 'raise' | 'clear'>) {}

  /** Takes over what stands now; one fault for each code names all its queues or windows. */
  look(attention: readonly Attention[]): void {
    if (attention.length === 0 && this.standing.size === 0) return;
    const text = JSON.stringify(attention);
    if (text === this.#told) return;
    this.#told = text;
    const stood = this.standing;
    this.standing = new Set(attention.map(({ code, part }) => `${code} ${part}`));
    for (const code of codes) {
      const meant = attention.filter((one) => one.code === code);
      const [first] = meant;
      if (first !== undefined) {
        const parts = meant.map(({ part }) => part);
        this.ports.raise({ device: 'controller', code, parts, evidence: evidenceOf(first) });
      } else if ([...stood].some((one) => one.startsWith(`${code} `))) {
        this.ports.clear('controller', code);
      }
    }
  }

  /** Another calling follows, or none: nothing of this one stands any more. */
  stop(): void {
    this.look([]);
  }
}

function evidenceOf(attention: Attention): Evidence {
  if (attention.code === 'service.overlong') {
    const { part, number, servedMinutes } = attention;
    return { window: part, number, servedMinutes };
  }
  const { part, waiting, windowsOpen, waitMinutes, couldOpen } = attention;
  return { queue: part, waiting, windowsOpen, waitMinutes, couldOpen: couldOpen.join('、') || '-' };
}
