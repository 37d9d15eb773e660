/** What a fault says to people. */
import type { Evidence } from '../kernel/errors.js';
import { fillText, type Text } from '../kernel/text.js';
import type { FaultState } from '../protocols/hub/payloads.js';
import { chineseReason } from './reason-words.js';

/** What people call a device, and where it is. */
export interface FaultSubject {
  readonly label?: string;
  readonly place?: string;
  readonly window?: string;
}

/** A declared text for this device, filled in with the evidence; a reason is put into Chinese where that is possible. */
export function faultWords(text: Text, device: string, subject: FaultSubject, evidence: Evidence): Text {
  const values: Record<string, string> = {
    ...Object.fromEntries(Object.entries(evidence).map(([name, value]) => [name, String(value ?? '?')])),
    device: subject.label ?? device,
    window: typeof evidence.window === 'string' ? evidence.window : (subject.window ?? ''),
  };
  const reason = chineseReason(evidence);
  const chinese = reason === undefined ? values : { ...values, reason };
  return { 'zh-CN': fillText(text, chinese)['zh-CN'], en: fillText(text, values).en };
}

/** The same in everything that people see; counters in the evidence may differ. */
export function saysTheSame(a: FaultState, b: FaultState): boolean {
  return (
    JSON.stringify([a.parts, a.affected, a.text, a.session]) ===
    JSON.stringify([b.parts, b.affected, b.text, b.session])
  );
}
