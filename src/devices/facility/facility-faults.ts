import * as v from 'valibot';
import type { Evidence } from '../../kernel/errors.js';
import type { DeviceContext, FaultDeclaration, FaultWords } from '../kind.js';

const goAndSee = { 'zh-CN': '请到现场查看并处理', en: 'Go there, look, and see to it' };

export const facilityFaults = [
  {
    code: 'facility.alarm',
    status: 'failure',
    severity: 'medium',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 报警', en: '{device} reports an alarm' },
    action: goAndSee,
  },
  {
    code: 'facility.attention',
    status: 'maintenance-required',
    severity: 'low',
    audience: 'maintenance',
    text: { 'zh-CN': '{device} 需要处理', en: '{device} wants somebody to see to it' },
    action: goAndSee,
  },
  {
    code: 'facility.low',
    status: 'out-of-specification',
    severity: 'medium',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 过低：{value} {unit}（下限 {limit} {unit}）',
      en: '{device} is too low: {value} {unit} (limit {limit} {unit})',
    },
    action: goAndSee,
  },
  {
    code: 'facility.high',
    status: 'out-of-specification',
    severity: 'medium',
    audience: 'maintenance',
    text: {
      'zh-CN': '{device} 过高：{value} {unit}（上限 {limit} {unit}）',
      en: '{device} is too high: {value} {unit} (limit {limit} {unit})',
    },
    action: goAndSee,
  },
] as const satisfies readonly FaultDeclaration[];

export type FacilityFault = (typeof facilityFaults)[number]['code'];

const keptSchema = v.object({ version: v.literal(1), standing: v.array(v.string()) });

/**
 * Says the faults of one facility in its own words, and keeps what stands over a restart: a help cord that was pulled
 * shortly must not be forgotten by it.
 */
export class FacilityFaults {
  readonly #standing: Set<FacilityFault>;

  /** @param possible those that this configuration can raise, with what is known of each beforehand */
  constructor(
    private readonly possible: ReadonlyMap<FacilityFault, Evidence>,
    private readonly words: FaultWords,
    private readonly context: Pick<DeviceContext, 'memory' | 'reports'>,
  ) {
    const kept = v.safeParse(keptSchema, context.memory.get());
    const standing = kept.success ? kept.output.standing : [];
    this.#standing = new Set([...possible.keys()].filter((code) => standing.includes(code)));
  }

  /** What stood goes on; anything else that an earlier life of the device raised is over. */
  start(): void {
    const { reports } = this.context;
    for (const { code } of facilityFaults) {
      if (this.#standing.has(code)) this.#raise(code, {});
      else reports.clear(code);
    }
  }

  stands(code: FacilityFault): boolean {
    return this.#standing.has(code);
  }

  set(code: FacilityFault, stands: boolean, evidence: Evidence = {}): void {
    if (stands) this.#raise(code, evidence);
    else this.context.reports.clear(code);
    if (stands === this.#standing.has(code)) return;
    if (stands) this.#standing.add(code);
    else this.#standing.delete(code);
    this.context.memory.put({ version: 1, standing: [...this.#standing] });
  }

  #raise(code: FacilityFault, evidence: Evidence): void {
    const known = { ...this.possible.get(code), ...evidence };
    this.context.reports.raise(code, known, undefined, this.words);
  }
}
