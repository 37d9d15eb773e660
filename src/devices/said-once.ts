import type { DeviceReports, Reading } from './kind.js';

/** Says nothing twice: readings and faults go on to the device's reports where they have changed. */
export class SaidOnce {
  #told: Readonly<Record<string, Reading>> = {};
  /** By code, as it was said last; `none` for one that was cleared. */
  readonly #faults = new Map<string, string>();

  constructor(private readonly reports: DeviceReports) {}

  /** A reading as it was told last. */
  reading(name: string): Reading | undefined {
    return this.#told[name];
  }

  readings(values: Readonly<Record<string, Reading>>): void {
    const changed = Object.entries(values).filter(([name, value]) => this.#told[name] !== value);
    if (changed.length === 0) return;
    const news = Object.fromEntries(changed);
    this.#told = { ...this.#told, ...news };
    this.reports.readings(news);
  }

  raise(...fault: Parameters<DeviceReports['raise']>): void {
    const [code] = fault;
    const said = JSON.stringify(fault);
    if (this.#faults.get(code) === said) return;
    this.#faults.set(code, said);
    this.reports.raise(...fault);
  }

  /** Also what an earlier life of the device may have raised. */
  clear(code: string): void {
    if (this.#faults.get(code) === 'none') return;
    this.#faults.set(code, 'none');
    this.reports.clear(code);
  }
}
