import type { Evidence } from '../kernel/errors.js';
import type { DeviceReports, FaultDeclaration } from './kind.js';

/** What is found wrong now, by its code, each with the parts that it is about. */
export type FoundFaults = ReadonlyMap<string, FoundFault>;

export interface FoundFault {
  readonly evidence: Evidence & { readonly reason: string };
  readonly parts: readonly string[];
}

/** Keeps the faults of a printer as they are found: says what is new, what has changed, and what is over. */
export class StandingFaults {
  /** As they were said; empty for those that an earlier life of the device may have raised. */
  readonly #standing: Map<string, string>;

  /** @param declared all that may be found */
  constructor(
    private readonly reports: Pick<DeviceReports, 'raise' | 'clear'>,
    declared: readonly FaultDeclaration[],
  ) {
    this.#standing = new Map(declared.map(({ code }) => [code, '']));
  }

  become(found: FoundFaults): void {
    for (const code of [...this.#standing.keys()]) {
      if (found.has(code)) continue;
      this.#standing.delete(code);
      this.reports.clear(code);
    }
    for (const [code, { evidence, parts }] of found) {
      const said = JSON.stringify([evidence, parts]);
      if (this.#standing.get(code) === said) continue;
      this.#standing.set(code, said);
      this.reports.raise(code, evidence, parts.length === 0 ? undefined : parts);
    }
  }
}
