/** The last revisions of a controller, as a table. */
import type { Language } from '../../kernel/text.js';
import { table } from '../columns.js';
import { cleanText } from '../watch/clean-text.js';
import type { History } from './reading.js';

const outcomes = {
  applied: { 'zh-CN': '已生效', en: 'applied' },
  'rolled-back': { 'zh-CN': '已回退', en: 'rolled back' },
  rejected: { 'zh-CN': '已拒绝', en: 'rejected' },
} as const;
const hashCharacters = 12;

/** Newest first; `*` marks what runs. @param timezone IANA name, for the times */
export function historyLines({ revisions }: History, timezone: string, language: Language): string[] {
  const say = (chinese: string, english: string) => (language === 'en' ? english : chinese);
  if (revisions.length === 0) return [say('还没有推送过配置', 'nothing was ever pushed to it')];
  const head = [
    '',
    say('版本', 'revision'),
    say('时间', 'at'),
    say('来源', 'from'),
    say('结果', 'outcome'),
    say('摘要', 'hash'),
  ];
  const rows = revisions.map(({ revision, at, hash, source, outcome, running }) => [
    running ? '*' : '',
    String(revision),
    localTime(at, timezone),
    source === 'file' ? say('文件', 'file') : say('推送', 'push'),
    outcomes[outcome][language],
    cleanText(hash ?? '', 64).slice(0, hashCharacters),
  ]);
  return table([head, ...rows]);
}

/** `2026-11-21 09:02:03` in a time zone; as it is, where it is no time. */
export function localTime(at: string, timezone: string): string {
  const milliseconds = Date.parse(at);
  if (!Number.isFinite(milliseconds)) return cleanText(at, 30);
  return new Date(milliseconds).toLocaleString('sv-SE', { timeZone: timezone });
}
