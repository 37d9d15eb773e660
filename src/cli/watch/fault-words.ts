/** What a watch says of a fault, in both languages. */
import type { Language } from '../../kernel/text.js';
import type { FaultRow } from './hall-view.js';
import { doubtWords, momentWords } from './words.js';

/** The moment at which it is said, and where. */
export interface Moment {
  /** IANA name. */
  readonly timezone: string;
  /** Wall time. */
  readonly atMilliseconds: number;
}

/** What a fault says, with what it brings down and what people have done about it. */
export function faultWords({ fault, doubt }: FaultRow, language: Language, moment: Moment): string {
  const { affected, parts, text, count, acknowledged, shelved } = fault;
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  const part = (handled: { readonly part?: string | undefined }) =>
    handled.part === undefined ? '' : `${handled.part} `;
  const more = [
    ...(parts.length === 0 ? [] : [list(parts)]),
    ...(affected.length === 0 ? [] : [say(`影响 ${list(affected)}`, `affects ${list(affected)}`)]),
    ...(count > 1 ? [say(`${count} 次`, `${count} times`)] : []),
    ...(acknowledged === null
      ? []
      : [part(acknowledged) + say(`${acknowledged.by} 已确认`, `seen by ${acknowledged.by}`)]),
    ...(shelved === null ? [] : [part(shelved) + shelvedWords(shelved, language, moment)]),
    ...(doubt === null ? [] : [doubtWords(doubt, language)]),
  ];
  return [text[language], ...more].join(language === 'en' ? '; ' : '；');
}

const list = (all: readonly string[]) => all.slice(0, 3).join(' ') + (all.length > 3 ? ' …' : '');

/** `shelved by wang until 18:00`; with the date where that is far away, `?` where nobody can tell. */
function shelvedWords(
  { by, until }: { readonly by: string; readonly until: string },
  language: Language,
  { timezone, atMilliseconds }: Moment,
): string {
  const untilMilliseconds = Date.parse(until);
  const time = Number.isFinite(untilMilliseconds)
    ? momentWords(untilMilliseconds, timezone, atMilliseconds).replace(/^(\d\d:\d\d):\d\d$/, '$1')
    : '?';
  return language === 'en' ? `shelved by ${by} until ${time}` : `搁置至 ${time}（${by}）`;
}
